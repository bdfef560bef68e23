"""The commands of the vault write nothing that identifies anybody but into the vault."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e_home import KEY, environment
from support import Home
from vault_home import CANARIES, HER, MONTHS, files, holding, people_home, pseudonyms

from asn_warehouse import audit
from asn_warehouse.vault import pseudonym

REASON = "letter ND-31/2026"
NEW = "the next key of the tests, more than 32"
SECRETS = (KEY, NEW, KEY.encode().hex(), NEW.encode().hex())
OLD = pseudonym(KEY.encode(), HER["nip"])

RUN = """
import logging, sys, structlog
logging.basicConfig(filename=sys.argv.pop(1), level=logging.DEBUG, force=True)
quiet = structlog.make_filtering_bound_logger
structlog.make_filtering_bound_logger = lambda level: quiet(logging.DEBUG)
from asn_warehouse.cli import main
main()
"""


@dataclass(frozen=True)
class Said:
    """What a command answered on the terminal, and all else that it said."""

    code: int
    answer: str
    rest: str


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return people_home(tmp_path_factory.mktemp("original") / "home")


@pytest.fixture
def home(original: Home, tmp_path: Path) -> Home:
    shutil.copytree(original.settings.home, tmp_path / "home")
    return Home(original.settings.model_copy(update={"home": tmp_path / "home"}))


def say(home: Home, *arguments: str, stdin: str = "", **more: str) -> Said:
    """Run ``asn`` with every log switched on over a home."""
    log = home.settings.home / "debug.log"
    log.touch()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(log), "--verbose", *arguments],
        env={**environment(home.settings.home), "COLUMNS": "160", **more},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr + log.read_text())


def assert_kept_within(home: Home) -> None:
    """Assert that no canary and no key is in the home outside vault, outbox and landing."""
    private = {"vault", "outbox", "landing"}
    places = [path for path in home.settings.home.iterdir() if path.name not in private]
    written = files(*(path for path in places if path.is_dir()))
    written += [path for path in places if path.is_file()]
    assert len(written) >= 5
    assert holding(written, [*CANARIES, *SECRETS]) == {}
    assert holding(files(home.settings.vault), SECRETS) == {}
    assert not list((home.settings.vault / "scratch").iterdir())


def test_a_lookup_answers_on_the_terminal_only(home: Home) -> None:
    nip, name, born = HER.values()
    said = say(home, "vault", "lookup", "--nip", "--reason", f"{REASON} {name}", stdin=nip + "\n")
    assert (said.code, "Error" in said.rest) == (0, False)
    assert all(value in said.answer for value in (nip, name, born, OLD))
    assert not any(value in said.rest.lower() for value in CANARIES)
    again = say(home, "vault", "lookup", OLD, "--reason", REASON)
    assert (again.code, again.answer) == (0, said.answer)
    assert_kept_within(home)
    shown = say(home, "audit", "--action", "lookup")
    assert (shown.code, shown.answer.count("lookup")) == (0, 2)
    assert not any(value in (shown.answer + shown.rest).lower() for value in CANARIES)


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("--nip",), "19770707200312298\n", "That is no NIP. An NIP has 18 digits."),
        (("--nip",), "197707072003122999\n", "The vault knows nobody of that NIP"),
        (("--nip", "0" * 64), "", "Name one person."),
        ((), "", "Name one person."),
        (("197707072003122987",), "", "That is no pseudonym."),
    ],
)
def test_a_lookup_of_nobody_ends_with_2_in_one_line_that_repeats_nothing(
    home: Home, arguments: tuple[str, ...], stdin: str, says: str
) -> None:
    said = say(home, "vault", "lookup", *arguments, "--reason", REASON, stdin=stdin)
    assert (said.code, said.answer) == (2, "")
    assert says in said.rest and "19770707" not in said.rest
    assert_kept_within(home)


def test_a_lookup_without_the_key_ends_with_1_in_one_line(home: Home) -> None:
    said = say(home, "vault", "lookup", OLD, "--reason", REASON, ASN_PSEUDONYM_KEY="w" * 40)
    assert (said.code, said.answer) == (1, "")
    assert said.rest.splitlines()[0] == (
        "asn: This is not the key of the pseudonyms that are stored."
        " Set ASN_PSEUDONYM_KEY to the key that the files were admitted with."
    )
    assert "w" * 40 not in said.rest
    unknown = say(home, "vault", "lookup", "0" * 64, "--reason", REASON)
    assert (unknown.code, unknown.answer) == (2, "")
    assert unknown.rest.splitlines()[0] == "asn: The vault knows nobody of that NIP or pseudonym."
    assert_kept_within(home)


def test_a_reason_with_an_nip_is_refused_and_not_repeated(home: Home) -> None:
    said = say(home, "vault", "lookup", OLD, "--reason", f"about {HER['nip']}")
    assert said.code == 2 and HER["nip"] not in said.answer + said.rest
    assert_kept_within(home)


def test_an_erasure_says_counts_and_leaves_nothing_behind(home: Home) -> None:
    said = say(
        home, "vault", "erase", "--nip", "--yes", "--reason", f"{REASON} {HER['nama']}",
        stdin=HER["nip"] + "\n",
    )  # fmt: skip
    assert said.code == 0, said.rest
    assert "Found afterwards: 0, in 13 rows of 6 files" in said.answer
    assert f"Still in the landing place: {MONTHS[0]}/4011/pegawai.csv" in said.answer
    assert not any(value in (said.answer + said.rest).lower() for value in CANARIES)
    assert_kept_within(home)
    left = files(home.settings.vault, home.settings.outbox, home.settings.lake)
    assert holding(left, [*CANARIES[:3], OLD]) == {}


def test_an_erasure_asks_first(home: Home) -> None:
    said = say(home, "vault", "erase", OLD, "--reason", REASON, stdin="n\n")
    assert said.code == 1 and "cannot be taken back" in said.answer
    assert OLD in pseudonyms(home, "pegawai", "person_key")[MONTHS[0]]


def test_a_rotation_shows_no_key_and_no_person(home: Home) -> None:
    said = say(home, "vault", "rotate", "--reason", REASON, ASN_NEW_PSEUDONYM_KEY=NEW)
    assert said.code == 0, said.rest
    assert "4 identities verified under the new key" in said.answer
    assert "Now set ASN_PSEUDONYM_KEY to the new key" in said.answer
    heard = (said.answer + said.rest).lower()
    assert not any(value in heard for value in (*CANARIES, *SECRETS))
    assert_kept_within(home)
    stale = say(home, "vault", "lookup", OLD, "--reason", REASON)
    assert stale.code == 1 and "not the key of the pseudonyms" in stale.rest
    assert say(home, "ingest", "-p", MONTHS[1], ASN_PSEUDONYM_KEY=NEW).code == 3
    assert_kept_within(home)


def test_what_expires_is_counted_only(home: Home) -> None:
    said = say(home, "vault", "expire", ASN_REJECTED_DAYS="1")
    assert said.code == 0
    assert "2 rejected rows and 2 workbooks removed" in said.answer
    assert not any(value in (said.answer + said.rest).lower() for value in CANARIES)
    assert_kept_within(home)
    assert [row["action"] for row in audit.rows(home.settings)] == ["expire"]


def test_a_tampered_audit_ends_with_1(home: Home) -> None:
    audit.record(home.settings, "publish", reason="as planned")
    path = home.settings.warehouse / "ops" / "audit.jsonl"
    path.write_text(path.read_text().replace("as planned", "by mistake"))
    said = say(home, "audit")
    assert said.code == 1 and "The audit was changed at row 1." in said.rest
