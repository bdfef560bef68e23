"""Write the tables of docs/security.md from the declaration of access.

    python scripts/access_table.py [--check]

With ``--check`` nothing is written, and the exit code is 1 where they differ.
"""

import sys

from generated_page import write_or_check

from asn_warehouse.access.declaration import AGENCY, ROLES, SCHEMAS, Reader, Rows, Schema
from asn_warehouse.settings import PROJECT_DIR

TARGET = PROJECT_DIR / "docs" / "security.md"
BEGIN, END = "<!-- access: begin, by scripts/access_table.py -->\n", "<!-- access: end -->\n"
SHOWN = {
    Rows.ALL: "all rows",
    Rows.OWN: "own rows",
    Rows.OWN_AND_TOTALS: "own rows, totals over agencies",
}
NAMES = {"build": "build_*"}


def tables() -> str:
    """Return a line for each role, and one for each schema or table with who reads what."""
    lines = ["| role | |", "|---|---|"]
    lines += [f"| `{role}` | {purpose} |" for role, purpose in ROLES.items()]
    lines += ["", f"| what | owner | {' | '.join(f'`{role}`' for role in ROLES)} |"]
    lines += [f"|---|---|{'---|' * len(ROLES)}"]
    for kind, schema in SCHEMAS.items():
        name = NAMES.get(kind, kind)
        if schema.readers or not schema.tables or schema.only_behind_views:
            lines.append(_line(f"`{name}`", schema, schema.readers))
        for table, readers in schema.tables.items():
            lines.append(_line(f"`{name}.{table}`", schema, readers, table))
    return "\n".join(lines) + "\n"


def _line(what: str, schema: Schema, readers: tuple[Reader, ...], table: str = "") -> str:
    cells = []
    for role in ROLES:
        found = next((reader for reader in readers if reader.role == role), None)
        if role == schema.owner:
            cells.append("reads, adds" if table in schema.append_only and table else "works")
        else:
            where = ", behind views" if schema.only_behind_views else ""
            cells.append(_cell(found) + where if found else "–")
    return f"| {what} | `{schema.owner}` | {' | '.join(cells)} |"


def _cell(reader: Reader) -> str:
    if reader.columns:
        return ", ".join(f"`{column}`" for column in reader.columns)
    shown = SHOWN[reader.rows]
    if reader.role != AGENCY or reader.rows is Rows.ALL:
        return shown
    return f"{shown}; {'all' if reader.without_agency else 'none'} of tables without agencies"


def written(text: str) -> str:
    """Return the page with the tables between their marks."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}{tables()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(write_or_check(TARGET, written(TARGET.read_text("utf-8"))))
