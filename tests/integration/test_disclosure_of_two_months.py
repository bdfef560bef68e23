"""What readers of two publications can tell of hidden counts, attacked from outside.

Months are those of small rosters, published as any candidate is. Readers keep what they have read:
every month beside, and a version that was replaced.
"""

import shutil
from pathlib import Path

import pytest
from attacker import over_months
from candidates import settings_of
from e2e_home import OCTOBER, digests
from published_months import Published, unchanged
from rosters import Roster, candidate, changed, roster

from asn_warehouse import archive, publish
from asn_warehouse.periods import Period
from asn_warehouse.report.protection import Neighbour
from asn_warehouse.safe_marts import files, protecting
from asn_warehouse.settings import Settings

NOVEMBER = Period.parse("2026-11")
NOW = roster(420, seed=4)
NEXT = changed(NOW, few=6, seed=104)
CORRECTED = changed(NOW, few=3, seed=204)
ORDERS: dict[str, list[tuple[Period, Roster]]] = {
    "in order": [(OCTOBER, NOW), (NOVEMBER, NEXT)],
    "out of order": [(NOVEMBER, NEXT), (OCTOBER, NOW)],
    "corrected": [(OCTOBER, NOW), (OCTOBER, CORRECTED)],
    "corrected below another": [(OCTOBER, NOW), (NOVEMBER, NEXT), (OCTOBER, CORRECTED)],
}

Told = dict[tuple[int, object], tuple[float, float]]


def published(settings: Settings, period: Period, people: Roster) -> Published:
    """Publish a month of ``people`` as a new version."""
    found = publish.publish(settings, candidate(settings, str(period), people))
    assert found.is_new
    return Published(archive.directory(settings, period, found.version))


def told(earlier: Published, later: Published, *, hidden_too: bool = True) -> Told:
    """Return what both tell to who knows which counts stayed the same, of the hidden ones too."""
    same = unchanged(earlier, later)
    if not hidden_too:
        same = [pair for pair in same if pair[0] not in earlier.unseen]
    wanted = {(n, cell) for n, seen in enumerate((earlier, later)) for cell in seen.suppressed}
    known = [(seen.counts, seen.unseen, seen.sums) for seen in (earlier, later)]
    assert len(same) > 5 and len(wanted) > 250
    return over_months(known, same, 5, wanted=wanted)


@pytest.mark.parametrize("order", ORDERS)
def test_no_hidden_count_of_two_publications_can_be_bounded(tmp_path: Path, order: str) -> None:
    settings = settings_of(tmp_path)
    versions = [published(settings, *month) for month in ORDERS[order]]
    for earlier in versions[:-1]:
        assert told(earlier, versions[-1]) == {}


def test_a_month_that_is_protected_by_itself_is_told_by_the_one_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_beside", lambda *_: {})
    settings = settings_of(tmp_path)
    first, beside, corrected = (
        published(settings, *month) for month in ORDERS["corrected below another"]
    )
    assert len(told(first, beside)) > 5
    assert len(told(first, corrected)) > 5
    assert len(told(beside, corrected)) > 5


def test_a_version_that_is_served_again_tells_nothing_of_a_month_made_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kept what was replaced has it beside what is served."""
    now = roster(420, seed=4)
    later = changed(now, few=6, seed=106)
    settings = settings_of(tmp_path / "home")
    first = published(settings, OCTOBER, now)
    second = published(settings, OCTOBER, changed(later, few=6, seed=206))
    publish.revert(settings, OCTOBER)
    shutil.copytree(settings.home, tmp_path / "forgetful")
    beside = published(settings, NOVEMBER, later)
    publish.revert(settings, OCTOBER, 2)
    assert told(first, beside) == {}
    assert told(second, beside, hidden_too=False) == {}
    monkeypatch.setattr(protecting, "as_shown", lambda _: Neighbour([], []))
    forgetful = published(settings_of(tmp_path / "forgetful"), NOVEMBER, later)
    assert told(second, forgetful, hidden_too=False)


def test_the_same_publications_in_the_same_order_give_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "other"):
        settings = settings_of(tmp_path / name)
        for month in ORDERS["corrected below another"]:
            published(settings, *month)
        files_of = digests(settings.warehouse / "publications", "[so]*/*.parquet")
        assert len(files_of) == 12
        found.append(files_of)
    assert found[0] == found[1]
