"""The monthly report of each agency: pages and a workbook, for all agencies of a month."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from asn_warehouse.errors import UsageError
from asn_warehouse.settings import Settings

if TYPE_CHECKING:
    from asn_warehouse.report.agency.view import Nation
    from asn_warehouse.report.source import Published

__all__ = ["file_names", "render_all", "render_one"]

Progress = Callable[[str], None]
FEW = 60
"""Up to so many agencies one process is done sooner than several have begun."""
_CHUNK = 8


def file_names(code: str, period: object) -> tuple[str, str]:
    """Return where the pages and the workbook of an agency lie in the folder of a report."""
    stem = f"instansi/{code}/laporan-{code}-{period}"
    return f"{stem}.pdf", f"{stem}.xlsx"


def render_one(settings: Settings, published: "Published", code: str) -> dict[str, bytes]:
    """Return the files of one agency by name.

    Raises:
        UsageError: when the month has no such agency.
    """
    from asn_warehouse.report.agency.view import nation

    return _files(_checked(nation(settings, published), code), code)


def _checked(known: "Nation", code: str) -> "Nation":
    if code not in known.names:
        raise UsageError(
            f"There is no agency {code} in {known.month.period}.",
            mend=f"The codes are those of the list of agencies, such as {min(known.names)}.",
        )
    return known


def render_all(
    settings: Settings,
    published: "Published",
    progress: Progress | None = None,
    *,
    processes: int | None = None,
) -> dict[str, bytes]:
    """Return the files of every agency of the month by name, whatever it has submitted.

    The bytes do not depend on the number of processes.

    Args:
        settings: where the archive lies.
        published: the publication that the reports are about.
        progress: told how far it is.
        processes: how many work at once; default one per core, one alone for few agencies.
    """
    from asn_warehouse.report.agency.view import nation

    known = nation(settings, published)
    codes = sorted(known.names)
    count = processes or (1 if len(codes) <= FEW else os.cpu_count() or 1)
    made: dict[str, bytes] = {}
    found = _alone(known, codes) if count == 1 else _together(settings, published, codes, count)
    for done, files in enumerate(found, start=1):
        made |= files
        if progress is not None:
            progress(f"laporan instansi {done} dari {len(codes)}")
    return made


def _alone(known: "Nation", codes: Sequence[str]) -> Iterator[dict[str, bytes]]:
    return (_files(known, code) for code in codes)


def _together(
    settings: Settings, published: "Published", codes: Sequence[str], count: int
) -> Iterator[dict[str, bytes]]:
    """Yield the files of each agency, made by ``count`` processes that read the archive once."""
    edition = published.edition
    with ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(settings, str(edition.period), edition.version),
    ) as pool:
        yield from pool.map(_made_elsewhere, codes, chunksize=_CHUNK)


_PLACE: list[tuple[Settings, str, int]] = []
"""In a process of the pool: settings, period and version that it works on."""


def _begin(settings: Settings, period: str, version: int) -> None:
    _PLACE[:] = [(settings, period, version)]


@cache
def _nation_here() -> "Nation":
    """Return the agencies of the publication, read once in a process of the pool."""
    from asn_warehouse.periods import Period
    from asn_warehouse.report import source
    from asn_warehouse.report.agency.view import nation

    settings, period, version = _PLACE[0]
    return nation(settings, source.read(settings, Period.parse(period), version))


def _made_elsewhere(code: str) -> dict[str, bytes]:
    return _files(_nation_here(), code)


def _files(known: "Nation", code: str) -> dict[str, bytes]:
    from asn_warehouse.report.agency import content, pdf, workbook
    from asn_warehouse.report.agency.view import view

    report = content.report(view(known, code))
    pages, book = file_names(code, report.period)
    return {pages: pdf.render(report), book: workbook.render(report)}
