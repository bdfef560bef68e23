"""Write the table of datasets in docs/agencies.md from the contracts.

    python scripts/agencies_table.py [--check]

With ``--check`` nothing is written, and the exit code is 1 where the table differs.
"""

import sys

from generated_page import write_or_check

from asn_warehouse.contracts import datasets
from asn_warehouse.settings import PROJECT_DIR, get_settings

TARGET = PROJECT_DIR / "docs" / "agencies.md"
END = "<!-- data: akhir -->\n"
NATURE = {"snapshot": "keadaan", "event": "kejadian"}


def table() -> str:
    """Return one line for each dataset: name, what it is, nature, grain and required columns."""
    lines = ["| data | isi | sifat | satu baris untuk | kolom wajib |", "|---|---|---|---|---|"]
    for dataset in datasets(get_settings()).values():
        required = ", ".join(f"`{c.name}`" for c in dataset.columns if c.required)
        grain = dataset.grain.removeprefix("satu baris per ")
        nature = NATURE[dataset.nature]
        lines.append(f"| `{dataset.name}` | {dataset.label} | {nature} | {grain} | {required} |")
    return "\n".join(lines) + "\n"


def written(text: str) -> str:
    """Return the page with the table between its marks."""
    head, mark, rest = text.partition("<!-- data: awal")
    comment, newline, rest = rest.partition("\n")
    return f"{head}{mark}{comment}{newline}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(write_or_check(TARGET, written(TARGET.read_text("utf-8"))))
