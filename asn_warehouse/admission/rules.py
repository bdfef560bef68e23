"""The checks of a contract as SQL: per column by kind, and the row rules.

Every check owns one bit of a mask. A batch is judged in one pass: each row gets the union of the
bits of the checks that it fails.
"""

import re
from dataclasses import dataclass
from datetime import date

from asn_warehouse.admission import parsing
from asn_warehouse.codes import code_attribute, code_siasn, rule_matrix
from asn_warehouse.contracts import Column, Dataset, Severity
from asn_warehouse.errors import ContractError
from asn_warehouse.settings import Settings

NIP_KINDS = ("format", "excel_number")
WHOLE_ROW_KINDS = ("duplicate", "conflict", "broken_row")
MASK_BITS = 63


@dataclass(frozen=True)
class Check:
    """One check: its rule id, where it looks, and its bit in the mask of failed checks."""

    id: str
    kind: str
    severity: Severity
    columns: tuple[str, ...]
    bit: int

    @property
    def mask(self) -> int:
        """The mask in which only this check has failed."""
        return 1 << self.bit


def _column_kinds(column: Column) -> list[str]:
    kinds = ["required"] if column.required else []
    if column.kind == "nip":
        return [*kinds, *NIP_KINDS]
    if column.kind == "code":
        return [*kinds, "code"]
    if column.kind in ("date",) or column.pattern:
        kinds.append("format")
    if column.kind in ("integer", "number"):
        kinds += ["format", "ambiguous"]
        if (column.minimum, column.exclusive_minimum, column.maximum) != (None, None, None):
            kinds.append("range")
    if _is_free_text(column):
        kinds.append("identity")
    return kinds


def _is_free_text(column: Column) -> bool:
    """Return whether what people write into ``column`` goes into the lake as they wrote it."""
    return column.kind in ("text", "upper") and not column.is_identity and column.pattern is None


def checks(dataset: Dataset) -> list[Check]:
    """Return every check of ``dataset`` in the order of its bits.

    Raises:
        ContractError: when there are more checks than a mask has bits.
    """
    found: list[tuple[str, str, Severity, tuple[str, ...]]] = [
        (f"{dataset.name}.{column.name}.{kind}", kind, "error", (column.name,))
        for column in dataset.columns
        for kind in _column_kinds(column)
    ]
    found += [(rule.id, "row", rule.severity, rule.columns) for rule in dataset.rules]
    found += [(f"{dataset.name}.{kind}", kind, "error", ()) for kind in WHOLE_ROW_KINDS]
    if len(found) > MASK_BITS:
        raise ContractError(f"Contract {dataset.name} has more than {MASK_BITS} checks.")
    return [Check(*parts, bit) for bit, parts in enumerate(found)]


def typed_value(column: Column, settings: Settings) -> str:
    """Return the expression that reads ``column`` from its trimmed text of the same name."""
    text = f"t.{column.name}"
    match column.kind:
        case "date":
            return parsing.date_value(text)
        case "integer":
            return parsing.integer_value(text)
        case "number":
            return parsing.number_value(text)
        case "nip":
            return parsing.nip_value(text)
        case "code":
            siasn = code_siasn(settings, column.code_list or "")
            return parsing.code_value(text, column, parsing.spellings(column, siasn))
        case "upper":
            return f"replace(upper({text}), ' ', '')"
        case _:
            return text


def _bounds(column: Column) -> str:
    value = f"v.{column.name}"
    limits = [
        (column.minimum, f"{value} < {column.minimum}"),
        (column.exclusive_minimum, f"{value} <= {column.exclusive_minimum}"),
        (column.maximum, f"{value} > {column.maximum}"),
    ]
    return " or ".join(sql for limit, sql in limits if limit is not None)


def _column_mask(column: Column, bits: dict[str, int]) -> str:
    value, text = f"v.{column.name}", f"v.{column.name}__text"
    if column.kind == "nip":
        return parsing.nip_mask(value, text, bits)
    unread = bits.get("code", bits.get("format", 0))
    wrong = [f"when {_bounds(column)} then {bits['range']}"] if "range" in bits else []
    if column.pattern:
        pattern = parsing.literal(column.pattern)
        wrong.append(f"when not regexp_full_match({value}, {pattern}) then {unread}")
    if "identity" in bits:
        wrong.append(f"when {parsing.holds_identity(value)} then {bits['identity']}")
    sound = f"case {' '.join(wrong)} else 0 end" if wrong else "0"
    ambiguous = (
        f"when {parsing.is_ambiguous(text)} then {bits['ambiguous']}" if "ambiguous" in bits else ""
    )
    missing = bits.get("required", 0)
    return f"""(case when {value} is not null then {sound}
        when {text} is null then {missing} {ambiguous} else {unread} end)::ubigint"""


def error_mask(dataset: Dataset, all_checks: list[Check], settings: Settings, on: date) -> str:
    """Return the mask of failed error checks of a row ``v``; NIPs are judged elsewhere."""
    masks = []
    for column in dataset.columns:
        prefix = f"{dataset.name}.{column.name}."
        bits = {c.kind: c.mask for c in all_checks if c.id == prefix + c.kind}
        if bits:
            masks.append(_column_mask(column, bits))
    masks += _rule_masks(dataset, all_checks, "error", settings, on)
    return " | ".join(masks)


def warning_mask(dataset: Dataset, all_checks: list[Check], settings: Settings, on: date) -> str:
    """Return the mask of failed warning checks of a row ``v``."""
    return " | ".join(_rule_masks(dataset, all_checks, "warning", settings, on)) or "0::ubigint"


def _rule_masks(
    dataset: Dataset, all_checks: list[Check], severity: Severity, settings: Settings, on: date
) -> list[str]:
    masks = {check.id: check.mask for check in all_checks}
    return [
        f"(case when ({expand(rule.predicate, dataset, settings, on)}) is false "
        f"then {masks[rule.id]} else 0 end)::ubigint"
        for rule in dataset.rules
        if rule.severity == severity
    ]


_CODE_ATTRIBUTE = re.compile(r"code_attribute\('(\w+)', '(\w+)', (\w+)\)")
_RULE_MATRIX = re.compile(r"rule_matrix\('(\w+)', (\w+), (\w+)\)")


def expand(predicate: str, dataset: Dataset, settings: Settings, on: date) -> str:
    """Return a predicate with NIPs as text, and codes and matrices in force ``on`` looked up."""
    for column in dataset.columns:
        if column.kind == "nip":
            predicate = re.sub(rf"\b{column.name}\b", f"{column.name}::varchar", predicate)

    def attribute(match: re.Match[str]) -> str:
        return parsing.mapping(code_attribute(settings, match[1], match[2]), match[3])

    def matrix(match: re.Match[str]) -> str:
        cells = rule_matrix(settings, match[1], on)
        results = {f"{row}|{column}": result for (row, column), result in cells.items()}
        return parsing.mapping(results, f"({match[2]} || '|' || {match[3]})")

    return _RULE_MATRIX.sub(matrix, _CODE_ATTRIBUTE.sub(attribute, predicate))
