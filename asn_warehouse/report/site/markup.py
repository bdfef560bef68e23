"""Tables as HTML, and words that can change their language.

An element's English is found by its key in the site's catalogue of words, or stands beside it.
Written without templates: a site has a million cells.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

from asn_warehouse.disclosure import Status
from asn_warehouse.report.site.tables import Box, Filter, Head, Line, SiteTable
from asn_warehouse.report.site.words import Phrase, Words

_MARKS = {
    Status.SUPPRESSED: ("s", "legend_suppressed"),
    Status.NOT_REPORTED: ("o", "legend_missing"),
}


def both(phrase: Phrase) -> Markup:
    """Return the attribute that says how an element reads in English."""
    if phrase.key:
        return _whole(f' data-k="{escape(phrase.key)}"')
    if phrase.en != phrase.id:
        return _whole(f' data-en="{escape(phrase.en)}"')
    return Markup(' translate="no"')


def words(phrase: Phrase, tag: str = "span", more: str = "") -> Markup:
    """Return an element with nothing but a phrase."""
    return _whole(f"<{tag}{more}{both(phrase)}>{escape(phrase.id)}</{tag}>")


def _whole(html: str) -> Markup:
    """Return HTML whose every part was escaped when it was put in."""
    return Markup(html)  # noqa: S704


def table(words_: Words, found: SiteTable) -> Markup:
    """Return a table with its caption; nothing where it has no rows."""
    named = next((head.mart for head in found.heads if head.mart), "")
    mart = f' data-m="{named}"' if named else ""
    head = "".join(_head(head, named) for head in found.heads)
    body = "".join(_line(line, found) for line in found.lines)
    id_ = escape(found.id)
    caption = words(found.title, "caption", f' id="c-{id_}"')
    return _whole(
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="c-{id_}">'
        f'<table id="t-{id_}"{mart}>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{_legend(words_, found)}"
    )


def _head(head: Head, mart: str) -> str:
    """Return a heading; of a column of the table's own mart the script knows the English."""
    number = ' class="n"' if head.is_number else ""
    share = " data-share" if head.kind == "share" else ""
    told = head.mart == mart and head.words.key
    english = "" if told else both(head.words)
    name, text = escape(head.name), escape(head.words.id)
    return f'<th scope="col" data-c="{name}"{number}{share}{english}>{text}</th>'


def _line(line: Line, found: SiteTable) -> str:
    total = ' class="total"' if line.is_total else ""
    codes = "".join(
        f' data-f-{name}="{escape(line.codes[name])}"' for name in (f.name for f in found.filters)
    )
    cells = "".join(
        _cell(box, is_first=i == 0, is_number=found.heads[i].is_number)
        for i, box in enumerate(line.cells)
    )
    return f"<tr{total}{codes}>{cells}</tr>"


def _cell(box: Box, *, is_first: bool, is_number: bool) -> str:
    tag = 'th scope="row"' if is_first else "td"
    end = "th" if is_first else "td"
    if box.status in _MARKS:
        names = f"n {_MARKS[box.status][0]}" if is_number else _MARKS[box.status][0]
        return f'<{tag} class="{names}">{box.words.id}</{end}>'
    if box.is_number:
        plain = box.raw == box.words.id
        raw = "" if plain else f' data-v="{box.raw}"'
        return f'<{tag} class="n"{raw}>{box.words.id}</{end}>'
    raw = f' data-v="{escape(box.raw)}"' if box.raw else ""
    inside = escape(box.words.id)
    if box.href:
        inside = Markup('<a href="{}">{}</a>').format(box.href, box.words.id)
    return f"<{tag}{raw}{both(box.words)}>{inside}</{end}>"


def _legend(words_: Words, found: SiteTable) -> Markup:
    present = [_MARKS[s] for s in _MARKS if s in found.statuses]
    if not present:
        return Markup("")
    signs = {"s": "*", "o": "–"}
    parts: Iterable[str] = [
        f"<span><b>{signs[name]}</b> {words(words_.say(key))}</span>" for name, key in present
    ]
    zero = f"<span><b>0</b> {words(words_.say('legend_zero'))}</span>"
    return _whole(f'<p class="legend">{"".join(parts)}{zero}</p>')


def choice(words_: Words, table_id: str, found: Filter) -> Markup:
    """Return a filter as a labelled list of options."""
    id_ = f"f-{table_id}-{found.name}"
    options = [("", words_.say("every_row")), *found.options]
    listed = Markup("").join(
        Markup('<option value="{}"{}{}>{}</option>').format(
            code, Markup(" selected") if code == found.chosen else "", both(phrase), phrase.id
        )
        for code, phrase in options
    )
    return Markup('<label for="{}">{}</label><select id="{}" data-f="{}">{}</select>').format(
        id_, words(found.words), id_, found.name, listed
    )
