"""Every labelled fault is reported with its rule, and no clean row is rejected or warned."""

import sys
from collections import Counter
from collections.abc import Iterable

import pytest
from e2e_home import Month, rows_of, truth

from asn_warehouse.admission.rules import checks
from asn_warehouse.contracts import datasets
from asn_warehouse.simulate.damage import STRAYS

RowFault = tuple[str, str, str, int, str]
"""Agency, period, dataset, row, rule."""


def row_labels(month: Month, severity: str) -> Counter[RowFault]:
    return Counter(
        (n["agency_code"], n["period"], n["dataset"], int(n["row_number"]), n["rule"])
        for n in truth(month.settings)
        if n["row_number"] and n["severity"] == severity
    )


def reported(rows: Iterable[tuple[object, ...]]) -> Counter[RowFault]:
    """Count (agency, period, dataset, row, rule); row and rules come last in ``rows``."""
    return Counter(
        (agency, period, dataset, row, rule)
        for agency, period, dataset, row, rules in rows
        for rule in rules
    )


def rejected_rows(month: Month) -> Counter[RowFault]:
    """Return what the vault holds of rejected rows, by failed rule."""
    found: Counter[RowFault] = Counter()
    for name in datasets(month.settings):
        files = sorted((month.settings.vault / "rejected" / name).rglob("*.parquet"))
        if files:
            query = f"select agency_code, period, '{name}', row_number, rules from stored"
            found += reported(rows_of(files, query))
    return found


def warned_rows(month: Month) -> Counter[RowFault]:
    """Return what the lake holds of warned rows, by failed rule."""
    found: Counter[RowFault] = Counter()
    for name in datasets(month.settings):
        files = sorted((month.settings.lake / name).rglob("*.parquet"))
        query = f"""
            select agency_code, period, '{name}', row_number, string_split(warnings, ';')
            from stored where warnings is not null
        """
        found += reported(rows_of(files, query))
    return found


def show(capsys: pytest.CaptureFixture[str], title: str, found: Iterable[RowFault]) -> None:
    counts = Counter(fault[-1] for fault in found)
    lines = ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items()))
    say(capsys, f"{title}: {sum(counts.values())} rows of {len(counts)} rules: {lines}")


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Write a line past pytest's capture."""
    with capsys.disabled():
        sys.stdout.write(f"\n{text}\n")


@pytest.mark.slow
def test_the_simulation_places_every_fault(month: Month) -> None:
    assert month.simulated.unplaced == []
    assert month.simulated.faults == len(truth(month.settings)) > 200


@pytest.mark.slow
def test_rejected_rows_are_exactly_the_labelled_ones(
    month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, found = row_labels(month, "error"), rejected_rows(month)
    assert sorted((expected - found).elements()) == [], "faults that nobody reported (recall)"
    assert sorted((found - expected).elements()) == [], "clean rows rejected (precision)"
    show(capsys, "rejected", found.elements())


@pytest.mark.slow
def test_warned_rows_are_exactly_the_labelled_ones_and_are_let_in(
    month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, found = row_labels(month, "warning"), warned_rows(month)
    assert sorted((expected - found).elements()) == [], "faults that nobody reported (recall)"
    assert sorted((found - expected).elements()) == [], "clean rows warned (precision)"
    show(capsys, "warned", found.elements())


@pytest.mark.slow
def test_refused_files_are_exactly_the_labelled_ones(
    month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {
        (n["agency_code"], n["period"], n["dataset"], n["file"], n["rule"])
        for n in truth(month.settings)
        if not n["row_number"]
    }
    found = {
        (o.file.agency_code, o.file.period, o.file.dataset, o.file.name, o.refusal_rule)
        for summary in month.ingests
        for o in summary.outcomes
        if o.status == "ditolak"
    }
    assert expected - found == set(), "damaged files that were let in"
    assert found - expected == set(), "sound files that were refused"
    strays = {rule for rule, _, _ in STRAYS}
    assert strays <= {rule for *_, rule in found}
    say(capsys, f"refused: {len(found)} files: {sorted(Counter(f[-1] for f in found).items())}")


@pytest.mark.slow
def test_every_rule_of_every_contract_was_broken_at_least_once(month: Month) -> None:
    rules = {check.id for d in datasets(month.settings).values() for check in checks(d)}
    broken = {fault[-1] for fault in (*rejected_rows(month), *warned_rows(month))}
    assert rules - broken == set(), "rules that no fault has exercised"
    assert broken - rules == set(), "rules that no contract has"
    assert len(rules) > 400


@pytest.mark.slow
def test_faulty_rows_are_found_in_files_of_every_format(
    month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Counter(n["file"].split(".", 1)[1] for n in truth(month.settings) if n["row_number"])
    assert set(found) == {"csv", "csv.gz", "xlsx", "json", "jsonl", "parquet"}
    say(capsys, f"faulty rows by format: {sorted(found.items())}")


@pytest.mark.slow
def test_the_receipts_count_what_the_truth_names(month: Month) -> None:
    """The commit log and the answer to the agency give the same counts as the labels."""
    labels = Counter(fault[:3] for fault in {f[:4] for f in row_labels(month, "error").elements()})
    told = Counter(
        {
            (o.file.agency_code, o.file.period, o.file.dataset): o.rows_rejected
            for summary in month.ingests
            for o in summary.outcomes
            if o.rows_rejected
        }
    )
    assert told == labels
