"""Rotation, lookup, erasure and expiry of a small home: what changes, and what must not."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr
from support import AGENCY, KEY, Home
from vault_home import CANARIES, HER, MONTHS, REJECTED, files, holding, people_home, pseudonyms

from asn_warehouse import (
    admission,
    audit,
    erasure,
    persons,
    retention,
    rotation,
    switching,
    vault,
)
from asn_warehouse.errors import ConfigurationError, PublishConflict, UsageError
from asn_warehouse.lake import exclusive
from asn_warehouse.settings import Settings

REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"
KEYED = (
    ("pegawai", "person_key"),
    ("kinerja", "person_key"),
    ("survei_kepuasan_masyarakat", "respondent_key"),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return people_home(tmp_path / "home")


def under(home: Home, **more: object) -> Home:
    return Home(home.settings.model_copy(update=more))


def rotated(home: Home, new: str = NEW) -> Home:
    """Rotate a home whose key is in the environment; return it under the new key."""
    rotation.rotate(under(home, new_pseudonym_key=SecretStr(new)).settings, REASON)
    return under(home, pseudonym_key=SecretStr(new))


# -- rotation --------------------------------------------------------------------------------------


def test_files_of_later_months_meet_the_rows_of_before(home: Home, tmp_path: Path) -> None:
    before = {pair: pseudonyms(home, *pair)[MONTHS[0]] for pair in KEYED}
    home = rotated(home)
    home.ingest(MONTHS[1])
    for pair in KEYED:
        october, november = (pseudonyms(home, *pair)[month] for month in MONTHS)
        assert not {*october} & {*before[pair]}
        assert len({*october}) == len({*before[pair]})
        kept = 1 if pair[0].startswith("survei") else len(october)
        assert len({*october} & {*november}) == kept, pair

    again = people_home(tmp_path / "again")
    shutil.rmtree(again.settings.lake)
    shutil.rmtree(again.settings.vault)
    vault.ensure_private(again.settings.vault)
    shutil.copy(vault.earlier_keys(home.settings), again.settings.vault)
    again = under(again, pseudonym_key=SecretStr(NEW))
    for month in MONTHS:
        again.ingest(month)
    for pair in KEYED:
        assert pseudonyms(home, *pair) == pseudonyms(again, *pair), "as if never rotated"


def test_nothing_of_the_old_pseudonyms_is_left_in_the_home(home: Home) -> None:
    old = {key for pair in KEYED for key in pseudonyms(home, *pair)[MONTHS[0]]}
    assert {*holding(files(home.settings.home), old)} == old
    home = rotated(home)
    assert holding(files(home.settings.home), old) == {}


def test_a_key_that_the_vault_keeps_is_followed_by_a_random_one_again_and_again(
    tmp_path: Path,
) -> None:
    home = people_home(tmp_path / "home")
    shutil.rmtree(home.settings.lake)
    shutil.rmtree(home.settings.vault)
    home = under(home, pseudonym_key=None)
    home.ingest(MONTHS[0])
    keys = [vault.pseudonym_key(home.settings)]
    for count in (1, 2, 3):
        done = rotation.rotate(home.settings, REASON)
        assert (done.was_interrupted, done.verified) == (False, 4)
        keys.append(vault.pseudonym_key(home.settings))
        assert vault.pseudonym_keys(home.settings) == tuple(keys)
        assert len({*keys}) == count + 1
    home.ingest(MONTHS[1])
    found = pseudonyms(home, "pegawai", "person_key")
    assert found[MONTHS[0]] == found[MONTHS[1]]
    for path in files(home.settings.vault):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_the_keys_of_before_are_sealed(home: Home) -> None:
    home = rotated(home)
    assert holding(files(home.settings.home), [KEY, KEY.encode().hex(), NEW]) == {}


def test_the_key_of_before_is_refused_and_nothing_is_admitted_under_it(home: Home) -> None:
    rotated(home)
    before = {path: path.read_bytes() for path in files(home.settings.lake)}
    with pytest.raises(ConfigurationError, match="not the key of the pseudonyms"):
        home.ingest(MONTHS[1])
    assert {path: path.read_bytes() for path in files(home.settings.lake)} == before


@pytest.mark.parametrize(
    ("new", "says"), [(None, "must be given"), ("k" * 31, "too short"), (KEY, "in use already")]
)
def test_a_new_key_that_does_not_do_is_refused_and_not_shown(
    home: Home, new: str | None, says: str
) -> None:
    before = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    key = None if new is None else SecretStr(new)
    with pytest.raises(UsageError, match=says) as refused:
        rotation.rotate(under(home, new_pseudonym_key=key).settings, REASON)
    assert new is None or new not in str(refused.value)
    after = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    assert after == before


def test_a_vault_that_another_key_filled_is_not_rotated(home: Home) -> None:
    wrong = under(home, pseudonym_key=SecretStr("w" * 40), new_pseudonym_key=SecretStr(NEW))
    before = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    with pytest.raises(ConfigurationError, match="not the key of the pseudonyms"):
        rotation.rotate(wrong.settings, REASON)
    check = vault.key_check(home.settings)
    check.unlink()  # as homes of before have none
    with pytest.raises(Exception, match="do not have the pseudonym of their NIP"):
        rotation.rotate(wrong.settings, REASON)
    check.write_bytes(before[check])
    after = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    assert after == before


def test_no_rotation_while_files_are_admitted_or_a_month_is_published(home: Home) -> None:
    settings = under(home, new_pseudonym_key=SecretStr(NEW)).settings
    with (
        exclusive(settings, "admission-2026-11"),
        pytest.raises(PublishConflict, match="being admitted"),
    ):
        rotation.rotate(settings, REASON)
    with (
        switching._publish_lock(settings) as descriptor,
        pytest.raises(PublishConflict, match="being published"),
    ):
        switching.flock(descriptor, switching.LOCK_EX)
        rotation.rotate(settings, REASON)
    assert rotation.rotate(settings, REASON).files == 4


# -- lookup ----------------------------------------------------------------------------------------


def test_a_lookup_leads_both_ways_and_both_are_in_the_audit(home: Home) -> None:
    by_nip = persons.lookup(home.settings, REASON, nip="19770707 200312 2987")
    assert by_nip is not None
    assert (by_nip.name, by_nip.nip, str(by_nip.born_on)) == tuple(
        HER[name] for name in ("nama", "nip", "tanggal_lahir")
    )
    assert by_nip.seen == ((MONTHS[0], AGENCY),)
    assert persons.lookup(home.settings, REASON, person_key=by_nip.person_key) == by_nip
    assert persons.lookup(home.settings, REASON, person_key="0" * 64) is None
    rows = audit.rows(home.settings)
    assert [(row["action"], row["subject"], row["reason"], row["details"]) for row in rows] == [
        ("lookup", by_nip.person_key, REASON, "by NIP, found"),
        ("lookup", by_nip.person_key, REASON, "by pseudonym, found"),
        ("lookup", "0" * 64, REASON, "by pseudonym, nobody"),
    ]


def test_no_answer_without_a_row_in_the_audit(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(OSError, match="disk full"):
        persons.lookup(home.settings, REASON, nip=HER["nip"])


def test_a_lookup_needs_the_key(home: Home) -> None:
    key = persons.lookup(home.settings, REASON, nip=HER["nip"]).person_key
    wrong = under(home, pseudonym_key=SecretStr("w" * 40)).settings
    for asked in ({"person_key": key}, {"nip": HER["nip"]}):
        with pytest.raises(ConfigurationError, match="not the key"):
            persons.lookup(wrong, REASON, **asked)
    vault.key_check(home.settings).unlink()  # as homes of before have none
    with pytest.raises(ConfigurationError, match="not the key"):
        persons.lookup(wrong, REASON, person_key=key)


def test_another_key_is_noticed_from_the_first_file_on(home: Home) -> None:
    wrong = under(home, pseudonym_key=SecretStr("w" * 40))
    check = vault.key_check(home.settings)
    assert check.stat().st_mode & 0o777 == 0o600
    assert holding([check], [KEY, KEY.encode().hex()]) == {}
    for has_check in (True, False):  # homes of before have none
        before = {path: path.read_bytes() for path in files(home.settings.lake)}
        with pytest.raises(ConfigurationError, match="not the key of the pseudonyms"):
            wrong.ingest(MONTHS[1])
        assert {path: path.read_bytes() for path in files(home.settings.lake)} == before
        assert check.is_file() is has_check
        check.unlink(missing_ok=True)
    home.ingest(MONTHS[1])
    found = pseudonyms(home, "pegawai", "person_key")
    assert found[MONTHS[0]] == found[MONTHS[1]]
    assert check.read_text() == vault.check_value(KEY.encode())


def test_a_key_of_the_vault_that_was_replaced_is_noticed(home: Home) -> None:
    without = under(home, pseudonym_key=None)
    (home.settings.vault / "pseudonym.key").write_text("w" * 40)
    with pytest.raises(ConfigurationError, match=r"not the key .* Restore .*pseudonym\.key"):
        without.ingest(MONTHS[1])


def test_a_key_that_is_gone_is_not_replaced_by_another(home: Home) -> None:
    without = under(home, pseudonym_key=None)
    before = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    for attempt in (
        lambda: persons.lookup(without.settings, REASON, nip=HER["nip"]),
        lambda: erasure.erase(without.settings, REASON, nip=HER["nip"]),
        lambda: rotation.rotate(without.settings, REASON),
        lambda: without.ingest(MONTHS[1]),
    ):
        with pytest.raises(ConfigurationError, match="The key of the pseudonyms is missing"):
            attempt()
    shutil.rmtree(home.settings.vault / "identity")
    with pytest.raises(ConfigurationError, match="The key of the pseudonyms is missing"):
        without.ingest(MONTHS[1])
    after = {path: path.read_bytes() for path in files(home.settings.lake, home.settings.vault)}
    assert after == {path: content for path, content in before.items() if path in after}
    assert not (home.settings.vault / "pseudonym.key").exists()


def test_a_lookup_in_an_empty_home_makes_no_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", pseudonym_key=None)
    with pytest.raises(UsageError, match="vault is empty"):
        persons.lookup(settings, REASON, nip=HER["nip"])
    assert not settings.vault.exists()


def test_the_name_of_the_person_is_taken_out_of_the_reason(home: Home) -> None:
    persons.lookup(home.settings, "kenariwati HALUS asked herself", nip=HER["nip"])
    assert audit.rows(home.settings)[0]["reason"] == "… … asked herself"


# -- erasure ---------------------------------------------------------------------------------------


def test_of_an_erased_person_nothing_is_left_but_rows_that_lead_nowhere(home: Home) -> None:
    key = persons.lookup(home.settings, REASON, nip=HER["nip"]).person_key
    before = {pair: pseudonyms(home, *pair)[MONTHS[0]] for pair in KEYED}
    done = erasure.erase(home.settings, REASON, nip=HER["nip"])
    assert (done.lake_rows, done.identities, done.rejected_rows, done.workbooks) == (2, 1, 1, 1)
    assert (done.inspected_files, done.inspected_rows) == (6, 13)
    assert done.landed == tuple(f"{MONTHS[0]}/{AGENCY}/{n}.csv" for n in ("kinerja", "pegawai"))

    after = {pair: pseudonyms(home, *pair)[MONTHS[0]] for pair in KEYED}
    for pair in KEYED:
        swapped = {new for old, new in zip(before[pair], after[pair], strict=True) if old == key}
        others = [new for old, new in zip(before[pair], after[pair], strict=True) if old != key]
        assert others == [old for old in before[pair] if old != key], "others stay as they are"
        assert len(swapped) == (0 if pair[0].startswith("survei") else 1)
    assert len({new for pair in KEYED[:2] for new in {*after[pair]} - {*before[pair]}}) == 1
    places = [path for path in home.settings.home.iterdir() if path.name != "landing"]
    assert holding(files(*places), CANARIES[:3]) == {}
    assert holding(files(home.settings.lake, home.settings.vault), [key]) == {}
    books = [path.name for path in home.settings.outbox.rglob("*.ditolak.xlsx")]
    assert books == ["pegawai.ditolak.xlsx"], "the one that showed her NIP is gone"
    assert holding(files(home.settings.vault), [REJECTED["nip"]]), "others' rejected rows stay"
    assert persons.lookup(home.settings, REASON, nip=HER["nip"]) is None


def test_the_proof_names_nobody_and_the_audit_points_to_it(home: Home) -> None:
    done = erasure.erase(home.settings, f"{REASON} of Kenariwati", nip=HER["nip"])
    (path,) = (home.settings.vault / "erasures").iterdir()
    proof = json.loads(path.read_text())
    assert (proof["erasure_id"], proof["found_afterwards"]) == (done.erasure_id, 0)
    assert (proof["lake_rows"], proof["inspected_rows"]) == (2, done.inspected_rows)
    assert path.stat().st_mode & 0o777 == 0o600
    (row,) = audit.rows(home.settings)
    assert (row["action"], row["subject"], row["reason"]) == ("erase", None, f"{REASON} of …")
    assert row["details"] == f"proof {done.erasure_id}"


def test_replay_and_later_files_go_on_after_an_erasure(home: Home) -> None:
    erasure.erase(home.settings, REASON, nip=HER["nip"])
    replayed = admission.replay(home.settings)
    assert sum(one.admitted for one in replayed) == 0
    home.ingest(MONTHS[1])
    found = pseudonyms(home, "pegawai", "person_key")
    assert len({*found[MONTHS[0]]} - {*found[MONTHS[1]]}) == 1, "she begins anew"
    home.ingest(MONTHS[0])
    assert pseudonyms(home, "pegawai", "person_key") == found, "known files bring nobody back"


def test_who_was_erased_is_not_found_again(home: Home) -> None:
    erasure.erase(home.settings, REASON, nip=HER["nip"])
    with pytest.raises(UsageError, match="hold nobody"):
        erasure.erase(home.settings, REASON, nip=HER["nip"])
    assert [row["details"] for row in audit.rows(home.settings)][1] == "nobody was found"


# -- expiry ----------------------------------------------------------------------------------------


def stored(settings: Settings) -> int:
    return len(list((settings.vault / "rejected").rglob("*.parquet")))


def test_rejected_rows_go_after_ninety_days_and_receipts_stay(home: Home) -> None:
    home.ingest(MONTHS[1])
    assert stored(home.settings) == 4
    books = len(list(home.settings.outbox.rglob("*.ditolak.xlsx")))
    receipts = len(list(home.settings.outbox.rglob("*.receipt.json")))
    assert books == 4
    ninety = datetime(2027, 2, 3, 3)
    assert retention.remove_expired(home.settings, ninety) == retention.Expired(0, 0)
    after = datetime(2027, 2, 3, 3, 0, 1)
    assert retention.remove_expired(home.settings, after) == retention.Expired(2, 2)
    assert retention.remove_expired(home.settings, after) == retention.Expired(0, 0)
    assert stored(home.settings) == 2
    assert len(list(home.settings.outbox.rglob("*.receipt.json"))) == receipts
    (row,) = audit.rows(home.settings)
    assert (row["action"], row["period"]) == ("expire", MONTHS[0])
    assert row["details"] == "2 rejected rows and 2 workbooks, kept for 90 days"


def test_rows_of_other_submissions_in_the_same_file_stay(home: Home) -> None:
    path = next((home.settings.vault / "rejected" / "pegawai").rglob("*.parquet"))
    table = pq.read_table(path, partitioning=None)
    (row,) = table.to_pylist()
    younger = {**row, "submission_id": "not committed yet"}
    pq.write_table(pa.Table.from_pylist([row, younger], schema=table.schema), path)
    written = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    assert retention.remove_expired(home.settings, datetime(2027, 2, 4)).rows == 2
    assert pq.read_table(path, partitioning=None).to_pylist() == [younger]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_replay_does_not_make_rows_younger(home: Home) -> None:
    log = home.log(MONTHS[0])
    old = log[0] | {"submission_id": "replayed", "received_at": datetime(2027, 1, 15)}
    received = retention._received([*log, old])
    assert received["replayed"] == log[0]["received_at"]


def test_the_setting_says_for_how_long(home: Home) -> None:
    settings = under(home, rejected_days=10).settings
    assert retention.remove_expired(settings, datetime(2026, 11, 16)) == retention.Expired(2, 2)
