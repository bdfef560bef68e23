"""The commands of ``asn vault``: help with an example, and clear refusals."""

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asn_warehouse import cli
from asn_warehouse.cli.vault import vault

COMMANDS = ("rotate", "lookup", "erase", "expire")


def test_every_command_is_looked_at() -> None:
    assert {c.name or c.callback.__name__ for c in vault.registered_commands if c.callback} == {
        *COMMANDS
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_and_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(cli.app, ["vault", command, "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert f"Example: asn vault {command}" in text
    assert re.search(rf"Usage: asn vault {command} .*?\] [^.]*?[A-Z][^.]{{20,}}\.", text), text


def test_the_help_names_the_group_its_commands_and_exit_codes() -> None:
    every = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "120"}).output
    assert re.search(r"\bvault\b", every) and re.search(r"\baudit\b", every)
    text = CliRunner().invoke(cli.app, ["vault", "--help"], env={"COLUMNS": "120"}).output
    assert all(re.search(rf"\b{command}\b", text) for command in COMMANDS)
    assert "Exit codes: 0 done, 1 failed, 2 wrong use" in " ".join(text.split())


@pytest.mark.parametrize("reason", ["", "--reason= "])
@pytest.mark.parametrize("command", ["rotate", "lookup --nip", "lookup", "erase --nip", "erase"])
def test_no_reason_no_action(
    command: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(
        "sys.argv", ["asn", "vault", *command.split(), *([reason] if reason else [])]
    )
    monkeypatch.setattr(cli, "_leave", sys.exit)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, ""), "nothing was asked"
    assert said.err == "asn: A reason is needed. Say with --reason who asked, and what for.\n"
    assert not (tmp_path / "home").exists()
