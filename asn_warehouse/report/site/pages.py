"""The pages of the site as HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from asn_warehouse.disclosure import Status
from asn_warehouse.report import formats
from asn_warehouse.report.context import Context
from asn_warehouse.report.model import Cell, KeyFigure, Report
from asn_warehouse.report.site import markup, own
from asn_warehouse.report.site.agency_views import AGENCY_VIEWS
from asn_warehouse.report.site.nine import boxes
from asn_warehouse.report.site.tables import Box, SiteTable, day_words, figure, fill, month_words
from asn_warehouse.report.site.topics import TOPICS, Topic
from asn_warehouse.report.site.views import Picture
from asn_warehouse.report.site.words import Phrase, Words
from asn_warehouse.report.source import agencies

TEMPLATES = Path(__file__).with_name("templates")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@dataclass
class Site:
    """What every page of the site knows."""

    words: Words
    context: Context
    report: Report

    def __post_init__(self) -> None:
        """Look up what many pages ask for."""
        published = self.context.published
        self.names = dict(agencies(published))
        self.months = (published.month, *published.earlier)
        self.measures = [own.agency_measures(month) for month in self.months]
        self.month = month_words(self.report.period.first_day)

    def page(self, name: str, here: str, title: Phrase, root: str, **more: Any) -> bytes:
        """Return a page; ``here`` is its place in the menu, ``root`` the way to the site's root."""
        say = self.words.say
        site = say("site")
        full = Phrase(f"{title.id} – {site.id}", f"{title.en} – {site.en}")
        text = _template(name).render(
            title=full if title != site else site,
            here=here,
            root=root,
            period=str(self.report.period),
            month=self.month,
            topics=[topic.id for topic in TOPICS],
            facts=self._facts(),
            digest=self.report.content_sha256,
            say=say,
            words=markup.words,
            both=markup.both,
            label=_label,
            table=lambda found: markup.table(self.words, found),
            choice=lambda id_, found: markup.choice(self.words, id_, found),
            caption=lambda found, picture: _caption(self.words, found, picture),
            **more,
        )
        return text.encode()

    def _facts(self) -> list[tuple[Phrase, Phrase]]:
        say, report = self.words.say, self.report
        received = day_words(formats.local(report.as_of).date())
        published = day_words(formats.local(report.published_at).date())
        edition = self.words.filled("edition_of", number=report.version, day=published)
        return [
            (say("month"), self.month),
            (say("received"), received),
            (say("edition"), edition),
        ]

    def home(self) -> bytes:
        """Return the home page."""
        stem = f"laporan-nasional-{self.report.period}"
        say = self.words.say
        return self.page(
            "beranda.html.j2",
            "home",
            say("site"),
            "",
            figures=[self._card(f) for f in self.report.key_figures],
            trend=own.figure_table(self.words, own.history(self.context)),
            downloads=[
                (f"{stem}.pdf", say("pdf")),
                (f"{stem}.xlsx", say("xlsx")),
                (f"{stem}.html", say("page")),
                ("data/datapackage.json", say("data")),
            ],
        )

    def _card(self, found: KeyFigure) -> dict[str, Any]:
        say = self.words.say
        return {
            "id": found.id,
            "label": self.words.metric(found.metric),
            "note": self._note(found),
            "text": found.text,
            "mark": "s" if found.cell.status is Status.SUPPRESSED else "",
            "changes": [
                (say(name), *_change(self.words, found, before))
                for name, before in (("previous", found.previous), ("year_ago", found.year_ago))
            ],
        }

    def _note(self, found: KeyFigure) -> Phrase | None:
        if self.words.has(found.metric, "figure_notes"):
            return self.words.say(found.metric, "figure_notes")
        return self.words.metric_note(found.metric)

    def topic(self, topic: Topic) -> bytes:
        """Return the page of a topic."""
        tables = self._topic_tables(topic)
        nine = boxes(self.words, self.context, None) if topic.id == "talenta" else None
        listed = [("kotak", self.words.say("nine_box"))] if nine else []
        sections = {section.id for section in self.report.sections}
        return self.page(
            "topik.html.j2",
            topic.id,
            self.words.say(topic.id, "topics"),
            "../",
            tables=tables,
            boxes=nine,
            section=topic.section if topic.section in sections else "",
            listed=[*listed, *((t.id, t.title) for t in tables)],
        )

    def _topic_tables(self, topic: Topic) -> list[SiteTable]:
        if topic.id == "kiriman":
            return own.submission_tables(self.words, self.context)
        if topic.id == "mutu":
            return own.quality_tables(self.words, self.context)
        if topic.id == "metode":
            return own.rule_tables(self.words, self.context)
        return [fill(self.words, v, self.months, self.names, None) for v in topic.views]

    def agency_list(self) -> bytes:
        """Return the page with all agencies in one table."""
        measures = self.measures[0]
        say = self.words.say
        kinds = bool(self.context.published.edition.agency_types)
        heads = [
            ("agency", say("agency"), "text"),
            ("code", say("code"), "text"),
            *([("kind", say("kind"), "text")] if kinds else []),
            *((name, self.words.heading(mart, name), kind) for mart, name, kind, _, _ in measures),
        ]
        rows = [
            [
                Box(Phrase(name, name), href=f"instansi/{code}.html"),
                Box(Phrase(code, code), code),
                *([Box(self._kind(code))] if kinds else []),
                *(figure(find(code), kind) for _, _, kind, find, _ in measures),
            ]
            for code, name in self.names.items()
        ]
        listed = own.made(self.words, "agency_list", heads, rows)
        return self.page("instansi.html.j2", "agencies", say("agencies"), "", list=listed)

    def _kind(self, code: str) -> Phrase:
        kind = self.context.published.edition.agency_types.get(code)
        return self.words.code("agency_type", kind) if kind else Phrase("–", "–")

    def agency(self, code: str) -> bytes:
        """Return the page of an agency."""
        say, name = self.words.say, self.names[code]
        first = [self._beside(code), self._agency_trend(code)]
        tables = [fill(self.words, v, self.months, self.names, code) for v in AGENCY_VIEWS]
        sent = self.context.submissions.where(agency_code=code).rows
        tables.append(own.agency_submissions(self.words, sent))
        nine = ("kotak", say("nine_box"))
        stem = f"{code}/laporan-{code}-{self.report.period}"
        people = self.measures[0][0][3](code)
        return self.page(
            "satu.html.j2",
            "agency",
            Phrase(name, name),
            "../",
            code=code,
            agency_name=name,
            kind=self._kind(code),
            silent=people.status is Status.NOT_REPORTED,
            boxes=boxes(self.words, self.context, code),
            first=first,
            tables=tables,
            listed=[*_listed(first), nine, *_listed(t for t in tables if t.lines)],
            downloads=[(f"{stem}.pdf", say("agency_pdf")), (f"{stem}.xlsx", say("agency_xlsx"))],
        )

    def _beside(self, code: str) -> SiteTable:
        """Return an agency's measures beside those of the month before and of the nation."""
        before = self.measures[1] if len(self.measures) > 1 else None
        rows = []
        for i, (mart, name, kind, find, nation) in enumerate(self.measures[0]):
            past = before[i][3](code) if before else Cell(None, Status.NOT_REPORTED)
            cells = [figure(cell, kind) for cell in (find(code), past, nation)]
            rows.append([Box(self.words.heading(mart, name)), *cells])
        say = self.words.say
        heads = [
            ("indicator", say("indicator"), "text"),
            ("agency", say("this_agency"), "integer"),
            ("previous", say("previous"), "integer"),
            ("nation", say("nation"), "integer"),
        ]
        return own.made(self.words, "agency_figures", heads, rows)

    def _agency_trend(self, code: str) -> SiteTable:
        heads = [("period", self.words.say("period"), "text")]
        heads += [(n, self.words.heading(m, n), k) for m, n, k, _, _ in self.measures[0]]
        rows = [
            [
                Box(month_words(month.period.first_day), str(month.period)),
                *(figure(find(code), kind) for _, _, kind, find, _ in measures),
            ]
            for month, measures in zip(self.months, self.measures, strict=True)
        ]
        drawn = [
            Picture("line", (name,))
            for i, (name, _, _) in enumerate(heads)
            if name in ("gap_mean", "hours_mean") and sum(bool(r[i].raw) for r in rows) > 1
        ]
        return own.made(self.words, "agency_trend", heads, rows, pictures=drawn)


def _listed(tables: Iterable[SiteTable]) -> list[tuple[str, Phrase]]:
    return [(t.id, t.title) for t in tables]


def _label(phrase: Phrase, more: Phrase | None = None) -> Markup:
    """Return the attribute that names an element, in both languages."""
    text = f"{phrase.id}: {more.id}" if more else phrase.id
    keys = " ".join(p.key for p in (phrase, more) if p and p.key)
    return Markup(' aria-label="{}" data-k-label="{}"').format(text, keys)


def _caption(words: Words, found: SiteTable, picture: Picture) -> Phrase:
    if picture.title:
        return words.say(picture.title, "charts")
    if picture.kind in ("bar", "line", "intervals"):
        return next(head.words for head in found.heads if head.name == picture.columns[0])
    return found.title


def _change(words: Words, found: KeyFigure, before: Cell | None) -> tuple[Markup, str]:
    """Return how a figure changed, in both languages, and what it was."""
    if before is None:
        return markup.words(words.say("no_month")), ""
    if any(c.value is None or c.status is not Status.SHOWN for c in (found.cell, before)):
        return markup.words(words.say("not_comparable")), ""
    text = formats.difference(found.cell.value, before.value, found.kind)
    number = text.removesuffix(" poin persen")
    was = before.text(found.kind)
    if not number.strip("0,.+"):
        return markup.words(words.say("same")), was
    unit = markup.words(words.say("points")) if number != text else ""
    return Markup('<span class="num">{}</span> {}').format(number, unit), was
