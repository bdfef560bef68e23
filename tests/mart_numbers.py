"""What the protected tables of a month say, found by the words that readers see.

A reading of its own: files, headings, code lists and roundings are read and judged here without
the code that makes the report.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[1]
HIDDEN, MISSING = "*", "–"

_LISTS = {
    "competency_code": "competency",
    "dataset": "dataset",
    "employment_status": "employment_status",
    "job_family": "job_family",
    "method": "assessment_method",
    "next_level": "position_level",
    "position_level": "position_level",
    "track": "recruitment_track",
}
_NAMES = {
    "agency_code": "agency_name",
    "competency_code": "competency_name",
    "program_agency_code": "program_agency_name",
    "program_code": "program_name",
    "reason": "reason_name_id",
    "service_code": "service_name",
}
_RANGES = {"Selang kepercayaan 95%": ("gain_ci_low", "gain_ci_high")}
"""Headings under which two columns stand."""

_NUMERIC = ("bigint", "double", "integer")

_RUN = re.compile(r"(.+) \((.+)\)")
"""How a run of a programme is called."""

_ELSEWHERE = ("Bulan", "Setahun", "Sebanding", "Perubahan")
"""Headings of what no table of the month says: other months, changes, and medians of peers."""

Keys = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A table as a reader has it: what it is called, its headings, its rows of texts or numbers."""

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass
class Compared:
    """How many figures were compared, and those that are not what the tables say."""

    figures: int = 0
    hidden: int = 0
    missing: int = 0
    tables: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells were compared."""
        return self.figures + self.hidden + self.missing

    def judge(self, cell: Any, true: list[Row], columns: Sequence[str], where: str) -> None:
        """Count a cell, and note where it does not show what the rows say."""
        is_right = agrees(cell, true, columns) if true else cell == MISSING
        if not is_right:
            self.wrong.append(f"{where} {columns}: {cell!r}")
        self.figures += is_a_figure(cell) and bool(true)
        self.hidden += cell == HIDDEN
        self.missing += cell == MISSING

    def __iadd__(self, other: "Compared") -> "Compared":
        self.figures += other.figures
        self.hidden += other.hidden
        self.missing += other.missing
        self.tables |= other.tables
        self.wrong += other.wrong
        return self


class Mart:
    """A protected table: its rows by key, and its columns by what readers call them."""

    def __init__(self, path: Path, declared: Row) -> None:
        self.name = path.stem
        with duckdb.connect() as connection:
            found = connection.execute("select * from read_parquet(?)", [str(path)])
            names = [column[0] for column in found.description or []]
            self.rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        tests = [test["grain_is_unique"] for test in declared["data_tests"] if is_grain(test)]
        self.keys = [key for key in tests[0]["arguments"]["columns"] if key != "period"]
        self.columns: dict[str, tuple[str, ...]] = {
            column["config"]["meta"]["label_id"]: (column["name"],)
            for column in declared["columns"]
            if column["data_type"] in _NUMERIC
            and column["name"] in names
            and column["name"] not in self.keys
        }
        if "gain_ci_low" in names:
            self.columns |= _RANGES
        self.titles = {
            column["name"]: column["config"]["meta"]["label_id"]
            for column in declared["columns"]
            if column["name"] in self.keys
        }
        self._said: dict[str, list[str]] = {}
        self._found: dict[frozenset[tuple[str, Any]], list[Row]] = {}
        self._index = {tuple(row[key] for key in self.keys): [row] for row in self.rows}

    def find(self, known: Keys) -> list[Row]:
        """Return the rows with these values and the fewest other keys."""
        wanted = frozenset(known.items())
        if wanted not in self._found:
            self._found[wanted] = self._find(known)
        return self._found[wanted]

    def _find(self, known: Keys) -> list[Row]:
        others = [key for key in self.keys if key not in known]
        alike = self._index.get(tuple(known.get(key) for key in self.keys), [])
        if not alike or not known.keys() <= {*self.keys}:
            alike = [row for row in self.rows if all(row[k] == v for k, v in known.items())]
        details = [sum(row[key] is not None for key in others) for row in alike]
        return [row for row, n in zip(alike, details, strict=True) if n == min(details)]

    def agencies_in(self, caption: str) -> list[str]:
        """Return the agencies that a caption names."""
        if caption not in self._said:
            agencies = self.words.get("agency_code", {})
            self._said[caption] = [
                code
                for word, code in agencies.items()
                if " " in word
                and word in caption
                and re.search(rf"{re.escape(word)}(?!\w)", caption)
            ]
        return self._said[caption]

    @cached_property
    def words(self) -> dict[str, dict[str, Any]]:
        """Return for each key its values by every word that may stand for them."""
        return {key: self._words(key) for key in self.keys}

    def _words(self, key: str) -> dict[str, Any]:
        found = {str(row[key]): row[key] for row in self.rows if row[key] is not None}
        name = _NAMES.get(key)
        if name and self.rows and name in self.rows[0]:
            for row in self.rows:
                if row[key] is not None and row[name]:
                    found[row[name]] = row[key]
                    found[f"{row[key]} {row[name]}"] = row[key]
        known = {str(value): value for value in found.values()}
        if "TIDAK_DIKETAHUI" in known:
            found["Tidak diketahui"] = "TIDAK_DIKETAHUI"
        for code, word in _labels(key):
            if code in known:
                found[word] = found[f"{code} {word}"] = known[code]
        return found


def is_grain(test: Any) -> bool:
    """Return whether a dbt test is that of the grain."""
    return isinstance(test, dict) and "grain_is_unique" in test


@cache
def _words(name: str) -> dict[str, Any]:
    path = PROJECT / "asn_warehouse" / "report" / name
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def _labels(key: str) -> list[tuple[str, str]]:
    """Return code and word of the values of a key; a code may have more than one word."""
    group = key.removesuffix("_code")
    found = [(str(code), str(word)) for code, word in _words("labels.yaml").get(group, {}).items()]
    for name, word in _words("site/words.yaml")["codes"].items():
        if name.startswith(f"{group}."):
            found.append((name.removeprefix(f"{group}."), str(word["id"])))
    if key == "box":
        found += [(str(box), f"Kotak {box}") for box in range(1, 10)]
    if key in _LISTS:
        path = PROJECT / "dbt_project" / "seeds" / "codes" / f"code_{_LISTS[key]}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            found += [(row["code"], row["label_id"]) for row in csv.DictReader(file)]
    return found


def _short(agency: str) -> str:
    """Return the name of an agency as narrow tables have it."""
    for long, short in _words("labels.yaml")["short_name"].items():
        agency = re.sub(rf"^{long} ", f"{short} ", agency)
    return agency


class Truth:
    """The protected tables of an archived version."""

    def __init__(self, folder: Path) -> None:
        declared = {}
        for path in (PROJECT / "dbt_project" / "models").rglob("*.yml"):
            models = yaml.safe_load(path.read_text("utf-8")).get("models") or []
            declared |= {model["name"]: model for model in models}
        self.marts = {
            path.stem: Mart(path, declared[path.stem]) for path in sorted(folder.glob("*.parquet"))
        }
        agencies = self.marts["submission_scorecard"].words["agency_code"]
        agencies |= {_short(word): code for word, code in agencies.items()}
        for mart in self.marts.values():
            for key in {"agency_code", "program_agency_code"} & mart.words.keys():
                mart.words[key] |= agencies

    def compare(self, sheet: Sheet, context: Keys | None = None) -> Compared:
        """Compare the figures of a table with the tables that have its words.

        Its headings are those of columns, or its rows are, or both are values of keys and its
        caption names the column. A reading that agrees counts; without one, what is wrong.

        Args:
            sheet: the table.
            context: keys that hold for all of it, such as the agency that it is about.
        """
        keys = context or {}
        upright = self._upright(sheet, keys)
        if upright.figures and not upright.wrong:
            return upright
        others = [self._turned(sheet, keys)]
        others += [_crossed(sheet, mart, keys) for mart in self.marts.values()]
        cells = sum(len(row) - 1 for row in sheet.rows)
        whole = [one for one in others if not one.wrong and one.cells * 2 >= cells > 0]
        best = max(others, key=lambda one: one.cells)
        return max(whole, key=lambda one: one.cells, default=upright if upright.wrong else best)

    def _upright(self, sheet: Sheet, context: Keys) -> Compared:
        left, total = set(sheet.head), Compared()
        while left:
            found = self._best(sheet, left, context)
            if found is None:
                break
            names, compared = found
            left -= names
            total += compared
        return total

    def _turned(self, sheet: Sheet, context: Keys) -> Compared:
        total, lacking = Compared(), 0
        for row in sheet.rows:
            tried = [_turned(sheet, row, mart, context) for mart in self.marts.values()]
            found = [one for one in tried if one.figures + one.hidden + one.missing]
            lacking += not found
            if found:
                total += min(found, key=lambda one: (len(one.wrong), -one.figures))
        return total if lacking * 2 < len(sheet.rows) else Compared()

    def _best(
        self, sheet: Sheet, left: set[str], context: Keys
    ) -> tuple[set[str], Compared] | None:
        tried: list[tuple[int, set[str], Compared]] = []
        for mart in self.marts.values():
            names = {head for head in left & mart.columns.keys() if not _is_of_words(sheet, head)}
            if not names:
                continue
            compared = _compared(sheet, mart, names, context)
            if compared.cells or compared.wrong:
                tried.append((len(names), names, compared))
        tried.sort(key=lambda one: (bool(one[2].wrong), -one[0], -one[2].figures))
        return (tried[0][1], tried[0][2]) if tried else None


def _is_of_words(sheet: Sheet, head: str) -> bool:
    """Return whether words stand under a heading, such as how a figure has changed."""
    place = [*sheet.head].index(head)
    cells = [row[place] for row in sheet.rows]
    return any(not is_a_figure(cell) and cell not in (HIDDEN, MISSING) for cell in cells)


def _compared(sheet: Sheet, mart: Mart, names: set[str], context: Keys) -> Compared:
    done = Compared(tables={sheet.name})
    places = [(i, mart.columns[head]) for i, head in enumerate(sheet.head) if head in names]
    for row in sheet.rows:
        keys = _keys(sheet, row, mart, {i for i, _ in places}, context)
        true = mart.find(keys)
        for i, columns in places:
            where = f"{sheet.name} / {row[0]} / {sheet.head[i]}: not {mart.name} {keys}"
            done.judge(row[i], true, columns, where)
    return done


def _turned(sheet: Sheet, row: Sequence[Any], mart: Mart, context: Keys) -> Compared:
    """Compare a row whose first cell is a column of the table, or ends as its heading does."""
    done = Compared(tables={sheet.name})
    for head, cell in zip(sheet.head[1:], row[1:], strict=True):
        title = re.sub(r"^U[1-9] ", "", str(row[0]))
        titles = tuple(f" {end}".casefold() for end in (title, f"{title} yang {head}"))
        is_share = head.startswith("Bagian") or "%" in str(cell)
        columns = [
            names
            for label, names in mart.columns.items()
            if f" {label}".casefold().endswith(titles)
            and (label.startswith(("Bagian", "Cakupan")) or not is_share)
        ]
        if columns and not head.startswith(_ELSEWHERE):
            keys = _under(head, sheet, mart, context)
            true = mart.find(keys)
            shown = [names for names in columns if agrees(cell, true, names)]
            where = f"{sheet.name} / {row[0]} / {head}: not {mart.name} {keys}"
            done.judge(cell, true, (shown or columns)[0], where)
    return done


def _under(head: str, sheet: Sheet, mart: Mart, context: Keys) -> Keys:
    """Return whose figures stand under a heading: an agency's that it names, or the nation's."""
    agencies = mart.words.get("agency_code", {})
    said = mart.agencies_in(sheet.caption)
    if head in agencies:
        return {"agency_code": agencies[head]}
    if head == "Nasional":
        return {}
    own = {"agency_code": said[0]} if said else {}
    return own | {key: value for key, value in context.items() if key in mart.keys}


def _crossed(sheet: Sheet, mart: Mart, context: Keys) -> Compared:
    """Compare a table of which rows and headings are values of keys, the column in its caption."""
    caption = sheet.caption.casefold()
    named = [label for label in mart.columns if label.casefold() in caption]
    across = [key for key, words in mart.words.items() if {*sheet.head[1:]} <= words.keys()]
    done = Compared(tables={sheet.name})
    if not named or not across or len(sheet.head) < 3:
        return done
    columns = mart.columns[max(named, key=len)]
    for row in sheet.rows:
        keys = _keys(sheet, row, mart, set(range(1, len(row))), context)
        for head, cell in zip(sheet.head[1:], row[1:], strict=True):
            true = mart.find(keys | {across[0]: mart.words[across[0]][head]})
            done.judge(cell, true, columns, f"{sheet.name} / {row[0]} / {head}: not {mart.name}")
    return done


def _keys(sheet: Sheet, row: Sequence[Any], mart: Mart, figures: set[int], context: Keys) -> Keys:
    """Return the keys that the words of a row name, else those of the context and the caption."""
    texts = [str(cell) for i, cell in enumerate(row) if i not in figures]
    keys: Keys = {}
    for key, words in mart.words.items():
        if mart.titles[key] in sheet.head:
            own = str(row[[*sheet.head].index(mart.titles[key])])
            keys[key] = words.get(own)
            continue
        named = [words[text] for text in texts if text in words]
        if named:
            keys[key] = named[0]
        elif key in context:
            keys[key] = context[key]
        elif key == "agency_code":
            said = mart.agencies_in(sheet.caption)
            keys |= {key: said[0]} if said else {}
    run = _RUN.fullmatch(texts[0]) if "run" in mart.keys and texts else None
    if "run" in keys and "Nama program" in sheet.head:
        keys |= {"program_name": row[[*sheet.head].index("Nama program")], "agency_code": None}
        keys.pop("program_code", None)
    elif run:
        keys |= {"program_name": run[1], "run": run[2], "agency_code": None}
    return keys


def is_a_figure(cell: Any) -> bool:
    """Return whether a cell shows a number."""
    if isinstance(cell, str):
        return any(_numbers(cell))
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def agrees(cell: Any, true: Sequence[Row], columns: Sequence[str]) -> bool:
    """Return whether a cell shows what the rows say: the value, ``*`` or ``–``.

    Rows of a table that has totals must all say it; those of one without are added up.
    """
    if len(true) > 1 and not is_without_totals(true[0]):
        return all(agrees(cell, [row], columns) for row in true)
    gone = {name for row in true for name in str(row.get("suppressed") or "").split(";")}
    if gone & {*columns}:
        return bool(cell == HIDDEN)
    values = [_value(true, name) for name in columns]
    if any(value is None for value in values):
        return bool(cell == MISSING)
    if not isinstance(cell, str):
        return abs(float(cell) - values[0]) < 1e-9
    told = [*_numbers(cell)]
    return len(told) == len(values) and all(
        abs(float(number) - value) <= half + 1e-9
        for (number, half), value in zip(told, values, strict=True)
    )


def is_without_totals(row: Row) -> bool:
    """Return whether a row is of a table whose rows are summed and whose scores are averaged."""
    return "dataset" in row


def _value(rows: Sequence[Row], name: str) -> Any:
    """Return the figure of a row, or of rows without a total: their sum, mean or share."""
    if name == "reject_rate" and len(rows) > 1:
        read = _value(rows, "rows_read")
        return _value(rows, "rejected") / read if read else None
    known = [float(row[name]) for row in rows if row[name] is not None]
    if not known:
        return None
    is_count = all(isinstance(row[name], int) for row in rows if row[name] is not None)
    return sum(known) if is_count else sum(known) / len(known)


_NUMBER = re.compile(r"(?<![\w.,])([+−-]?)(\d{1,3}(?:\.\d{3})+|\d+)(,\d+)?(%?)(?![\w])")


def _numbers(text: str) -> Iterator[tuple[Decimal, float]]:
    """Yield the numbers of a text as Indonesians write them, and half of their last digit."""
    for sign, whole, part, percent in _NUMBER.findall(text):
        number = Decimal(whole.replace(".", "") + part.replace(",", "."))
        scale = Decimal("0.01") if percent else Decimal(1)
        half = Decimal("0.5").scaleb(-max(len(part) - 1, 0)) * scale
        yield number * scale * (-1 if sign in ("−", "-") else 1), float(half)
