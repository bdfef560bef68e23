"""Help for tests that open pages in a real browser."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 900}


@contextmanager
def opened_browser() -> Iterator[Any]:
    """Yield a tab that notes what it asks for and what goes wrong."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport=DESK)
        tab.requests = []
        tab.troubles = []
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.on("pageerror", lambda error: tab.troubles.append(str(error)))
        tab.on("console", lambda line: tab.troubles.append(line.text))
        yield tab
        browser.close()


def drawn(tab: Any, sheet: str) -> None:
    """Wait until every chart of a sheet is drawn."""
    tab.wait_for_function(
        "id => [...document.querySelectorAll(`#${id} .chart`)]"
        ".every(f => f.querySelector('svg') || f.querySelector('.plot > p'))",
        arg=sheet,
    )


def shown_rows(tab: Any, sheet: str) -> list[list[str]]:
    """Return the texts of the rows that a reader sees."""
    rows: list[list[str]] = tab.evaluate(
        "id => [...document.querySelectorAll(`#${id} tbody tr`)].filter(r => r.offsetParent)"
        ".map(r => [...r.cells].map(c => c.innerText.trim()))",
        sheet,
    )
    return rows


def uri(folder: Path, page: str) -> str:
    """Return the address of a page on the disk."""
    return (folder / page).as_uri()


class Texts(HTMLParser):
    """The texts of a page that nothing says in English, the keys of the others, its tables."""

    VOID = ("meta", "link", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loose: list[str] = []
        self.keys: set[str] = set()
        self.tables: dict[str, list[list[str]]] = {}
        self._open: list[tuple[str, bool]] = []
        self._table: list[list[str]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-k" in given:
            self.keys.add(given["data-k"].lstrip("+"))
        self.keys |= set(given.get("data-k-label", "").split())
        if tag == "table":
            self._table = self.tables[given["id"]] = []
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th") and self._table is not None:
            self._table[-1].append("")
        if tag not in self.VOID:
            told = {"data-k", "data-en", "translate", "data-c"} & set(given)
            self._open.append((tag, bool(told)))

    def handle_endtag(self, tag: str) -> None:
        while self._open.pop()[0] != tag:
            pass
        if tag == "table":
            self._table = None

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self._open}
        if self._table is not None and inside & {"td", "th"}:
            self._table[-1][-1] += data
        if re.search("[A-Za-z]", data) and not any(told for _, told in self._open):
            self.loose.append(data)
