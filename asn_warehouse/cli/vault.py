"""`asn vault`: the key of the pseudonyms, and the people behind them."""

import sys
from typing import Annotated, TypedDict

import typer
from rich.table import Table

from asn_warehouse.cli.common import app, console, number, progress_bar, settings_now
from asn_warehouse.errors import UsageError
from asn_warehouse.settings import get_settings

vault = typer.Typer(
    name="vault",
    help="Key, identities and rejected rows: change the key, look up, erase, let expire.\n\n"
    "Each command writes a row to the audit (asn audit). Exit codes: 0 done, 1 failed, 2 wrong use "
    "or nobody found.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(vault)


def _checked(reason: str) -> str:
    """Return the reason if it does, before anything is asked or done."""
    from asn_warehouse import audit

    return audit.checked_reason(reason)


ReasonOption = Annotated[
    str,
    typer.Option(
        callback=_checked,
        show_default="none, it is needed",
        help="Why, for the audit: who asked, and a letter or case number; no names.",
    ),
]
KeyArgument = Annotated[
    str | None, typer.Argument(metavar="[PERSON_KEY]", help="The pseudonym, 64 hex digits.")
]
NipOption = Annotated[
    bool, typer.Option("--nip", help="Ask for the NIP, or read it from stdin, instead.")
]


@vault.command(epilog='Example: asn vault rotate --reason "yearly change, ND-12/2026"')
def rotate(reason: ReasonOption = "") -> None:
    """Change the key of the pseudonyms: lake, vault, archive and marts follow at once.

    No file is submitted again, and nobody loses their history. A key that the vault keeps is
    followed by a random one; where the key is in ASN_PSEUDONYM_KEY, the new one is taken from
    ASN_NEW_PSEUDONYM_KEY and has to be put there afterwards. Back up the vault: the keys before lie
    in it, sealed with the new one.
    """
    from asn_warehouse import rotation

    settings = get_settings()  # it finishes itself what was left of it
    with progress_bar("Rotating") as progress:
        done = rotation.rotate(settings, reason, progress)
    if done.was_interrupted:
        console.print("A rotation that was interrupted has been finished.")
    console.print(
        f"{number(done.files)} files have new pseudonyms: {number(done.lake_rows)} rows of the "
        f"lake, {number(done.vault_rows)} of the vault, {number(done.archive_rows)} of the archive"
    )
    console.print(f"{number(done.verified)} identities verified under the new key")
    if settings.pseudonym_key is not None:
        console.print("Now set ASN_PSEUDONYM_KEY to the new key, everywhere, and back it up.")


@vault.command(epilog='Example: asn vault lookup --nip --reason "request of 4011, ND-31/2026"')
def lookup(
    reason: ReasonOption = "", person_key: KeyArgument = None, nip: NipOption = False
) -> None:
    """Tell who stands behind a pseudonym, or which pseudonym an NIP has.

    The answer is printed and stored nowhere; the audit has its row before it is shown.
    """
    from asn_warehouse import persons

    found = persons.lookup(settings_now(), reason, **_person(person_key, is_nip=nip))
    if found is None:
        raise UsageError("The vault knows nobody of that NIP or pseudonym.")
    table = Table("", "", show_header=False)
    table.add_row("person_key", found.person_key)
    table.add_row("NIP", found.nip)
    table.add_row("Name", found.name)
    table.add_row("Born", str(found.born_on))
    table.add_row("Seen", "\n".join(f"{period}  {agency}" for period, agency in found.seen))
    console.print(table, markup=False)


@vault.command(epilog='Example: asn vault erase --nip --yes --reason "court order 77/2026"')
def erase(
    reason: ReasonOption = "",
    person_key: KeyArgument = None,
    nip: NipOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Forget a person for ever: no key leads from the identity to the rows any more.

    The rows stay under a random pseudonym, so that published counts hold. The proof is written to
    vault/erasures and names nobody. Files as submitted are not touched: they are listed.
    """
    from asn_warehouse import erasure

    person = _person(person_key, is_nip=nip)
    if not yes:
        typer.confirm("This cannot be taken back. Erase?", abort=True)
    settings = get_settings()  # it finishes itself what was left of it
    with progress_bar("Erasing") as progress:
        done = erasure.erase(settings, reason, progress=progress, **person)
    console.print(
        f"Under a random pseudonym: {number(done.lake_rows)} rows of the lake, "
        f"{number(done.archive_rows)} of the archive"
    )
    console.print(
        f"Gone: {number(done.identities)} identities, {number(done.rejected_rows)} rejected rows, "
        f"{number(done.workbooks)} workbooks"
    )
    console.print(
        f"Found afterwards: 0, in {number(done.inspected_rows)} rows of "
        f"{number(done.inspected_files)} files. Proof: vault/erasures/{done.erasure_id}.json"
    )
    if done.postgres_tables:
        console.print(
            f"Nor in PostgreSQL: {number(done.postgres_rows)} rows of "
            f"{number(done.postgres_tables)} tables"
        )
    for name in done.landed:
        console.print(f"[yellow]Still in the landing place[/]: {name}")


@vault.command(epilog="Example: asn vault expire")
def expire() -> None:
    """Remove rejected rows that are older than ASN_REJECTED_DAYS (90), and their workbooks."""
    from asn_warehouse import retention

    settings = settings_now()
    gone = retention.remove_expired(settings)
    console.print(
        f"{number(gone.rows)} rejected rows and {number(gone.workbooks)} workbooks removed: "
        f"received more than {number(settings.rejected_days)} days ago"
    )


class Person(TypedDict, total=False):
    """One of the two."""

    person_key: str
    nip: str


def _person(person_key: str | None, *, is_nip: bool) -> Person:
    """Return the person asked for; an NIP is no argument, since those stay in the shell's history.

    Raises:
        UsageError: when none is named, or two.
    """
    if is_nip == (person_key is not None):
        raise UsageError("Name one person.", mend="Give a pseudonym, or --nip.")
    if person_key is not None:
        return {"person_key": person_key}
    is_asked = sys.stdin.isatty()
    return {"nip": typer.prompt("NIP") if is_asked else sys.stdin.readline().strip()}
