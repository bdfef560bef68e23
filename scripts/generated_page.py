"""Write a generated page of docs/, or say whether the one in the checkout is as it would be."""

import sys
from pathlib import Path


def write_or_check(target: Path, text: str) -> int:
    """Write ``text`` to ``target``; return the exit code.

    With ``--check`` on the command line nothing is written, and 1 is returned where they differ.
    """
    if "--check" in sys.argv[1:]:
        return int(not target.is_file() or target.read_text("utf-8") != text)
    target.write_text(text, "utf-8")
    print(f"Wrote {target}")
    return 0
