"""What a case is: what an officer did, the file that came of it, and the answer it must get."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCEPTED, PARTLY, REFUSED = "diterima", "diterima_sebagian", "ditolak"


@dataclass(frozen=True)
class Answer:
    """What admission must say; ``rules`` counts the rows of every rule that rows failed.

    ``values`` are columns of the lake with their values in row order; ``numbers`` are the row
    numbers of the rejected rows, as a person sees them in the file.
    """

    status: str
    read: int = 0
    rejected: int = 0
    refusal: str | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
    warned: int = 0
    says: str = ""
    numbers: tuple[int, ...] | None = None
    values: Mapping[str, list[Any]] = field(default_factory=dict)
    ignored: tuple[str, ...] | None = None

    @property
    def exit_code(self) -> int:
        """What ``asn`` ends with where this is the only file."""
        return 0 if self.status == ACCEPTED else 3


def refused(rule: str, says: str) -> Answer:
    """Return the answer to a file of which not even a row was looked at."""
    return Answer(REFUSED, refusal=rule, says=says)


def accepted(read: int, warnings: Mapping[str, int] | None = None, **more: Any) -> Answer:
    """Return the answer to a file whose rows all go in, some of them with a warning."""
    warned = more.pop("warned", max((warnings or {}).values(), default=0))
    return Answer(ACCEPTED, read, rules=warnings or {}, warned=warned, **more)


def partly(read: int, rules: Mapping[str, int], says: str = "", **more: Any) -> Answer:
    """Return the answer to a file of which some rows are rejected, each for one rule by default."""
    rejected = more.pop("rejected", sum(rules.values()))
    return Answer(PARTLY, read, rejected, rules=rules, says=says, **more)


def hopeless(read: int, rules: Mapping[str, int], says: str = "", **more: Any) -> Answer:
    """Return the answer to a file of which every row is rejected."""
    return Answer(REFUSED, read, read, "file.all_rejected", rules, says=says, **more)


@dataclass(frozen=True)
class Case:
    """One submission: ``write`` puts the file ``name`` into the agency's folder.

    ``folder`` is that folder's name where it is not simply the code of an agency. Where
    ``is_checked``, ``asn check`` is asked for the same answer.
    """

    id: str
    did: str
    name: str
    write: Callable[[Path], None]
    answer: Answer
    folder: str | None = None
    is_checked: bool = True

    @property
    def dataset(self) -> str:
        """The dataset that the officer means."""
        return self.name.split(".")[0].lower()


def case(
    id: str,
    did: str,
    name: str,
    data: bytes | str | Callable[[], bytes],
    answer: Answer,
    folder: str | None = None,
    is_checked: bool = True,
) -> Case:
    """Return a case whose file has the bytes ``data``."""

    def write(path: Path) -> None:
        content = data() if callable(data) else data
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return Case(id, did, name, write, answer, folder, is_checked)
