"""Tables of a page as a reader of it sees them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageTable:
    """A table of a page: its id and caption, its headings, its rows of texts."""

    id: str
    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[PageTable] = []
        self._open: list[PageTable] = []
        self._text: list[str] | None = None
        self._is_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(PageTable(dict(attrs).get("id") or ""))
        elif self._open and tag in ("thead", "tbody"):
            self._is_head = tag == "thead"
        elif self._open and tag == "tr" and not self._is_head:
            self._open[-1].rows.append([])
        elif self._open and tag in ("th", "td", "caption"):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self.tables.append(self._open.pop())
        elif self._open and tag in ("th", "td", "caption") and self._text is not None:
            table, text = self._open[-1], " ".join("".join(self._text).split())
            self._text = None
            if tag == "caption":
                table.caption = text
            elif self._is_head:
                table.head.append(text)
            else:
                table.rows[-1].append(text)


def tables(page: str) -> list[PageTable]:
    """Return the tables of a page in their order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.tables
