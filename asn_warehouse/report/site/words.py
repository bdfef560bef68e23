"""The words of the site in both languages.

What marts and columns are called, the dbt project says; what codes are called, the code lists say.
The catalogue beside this file holds the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from asn_warehouse import codes
from asn_warehouse.errors import ReportFailed
from asn_warehouse.report import labels, metrics
from asn_warehouse.settings import Settings, get_settings

_CATALOGUE = Path(__file__).with_name("words.yaml")
LANGUAGES = ("id", "en")


@dataclass(frozen=True)
class Phrase:
    """Words in Indonesian and English; ``key`` finds the English ones in the site's catalogue."""

    id: str
    en: str
    key: str = ""


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Return the groups of words, each in both languages."""
    loaded = yaml.safe_load(_CATALOGUE.read_text("utf-8"))
    return {group: {str(k): v for k, v in words.items()} for group, words in loaded.items()}


@dataclass
class Words:
    """The words that a site has used, so that its catalogue holds these and no others."""

    settings: Settings = field(default_factory=get_settings)
    used: dict[str, str] = field(default_factory=dict)
    _made: dict[str, Phrase] = field(default_factory=dict)

    def say(self, key: str, group: str = "words") -> Phrase:
        """Return a phrase of the catalogue.

        Raises:
            ReportFailed: when the catalogue does not hold it.
        """
        found = catalogue()[group].get(key)
        if found is None:
            raise ReportFailed(f"The site has no words for {group}.{key}.")
        return self._phrase(f"{group}.{key}", found["id"], found["en"])

    def has(self, key: str, group: str) -> bool:
        """Return whether the catalogue holds a phrase."""
        return key in catalogue().get(group, {})

    def filled(self, key: str, group: str = "words", **values: object) -> Phrase:
        """Return a phrase with ``values`` in it: a text, or a phrase of its own."""
        words = catalogue()[group][key]
        both = {
            language: words[language].format(
                **{n: getattr(v, language, v) for n, v in values.items()}
            )
            for language in LANGUAGES
        }
        return Phrase(both["id"], both["en"])

    def heading(self, mart: str, column: str) -> Phrase:
        """Return what a column of a mart is called."""
        key = f"c.{mart}.{column}"
        if key not in self._made:
            id_, en = _headings(mart)[column]
            return self._phrase(key, id_, en)
        return self._made[key]

    def title(self, mart: str) -> Phrase:
        """Return what a mart is called."""
        return self._phrase(f"t.{mart}", *_both(labels.declared(mart), mart))

    def metric(self, name: str) -> Phrase:
        """Return what a metric of the semantic layer is called."""
        return self._phrase(f"m.{name}", metrics.metric_label(name), _metric(name, "label_en"))

    def metric_note(self, name: str) -> Phrase | None:
        """Return the words beside a metric, or None where there are none."""
        note = metrics.metric_note(name)
        return self._phrase(f"n.{name}", note, _metric(name, "note_en")) if note else None

    def code(self, code_list: str, code: object) -> Phrase:
        """Return what a code is called: from the catalogue or the code list of that name."""
        key = f"k.{code_list}.{code}"
        if key in self._made:
            return self._made[key]
        own = catalogue()["codes"].get(f"{code_list}.{code}")
        if own is not None:
            return self._phrase(key, own["id"], own["en"])
        if f"code_{code_list}" not in _lists(self.settings.dbt_dir):
            return Phrase(str(code), str(code))
        both = [
            codes.code_labels(self.settings, code_list, language).get(str(code), str(code))
            for language in LANGUAGES
        ]
        return self._phrase(key, *both)

    def order(self, code_list: str) -> tuple[str, ...]:
        """Return the codes of a list in the order of readers; none where there is no such list."""
        if f"code_{code_list}" not in _lists(self.settings.dbt_dir):
            return ()
        return codes.code_list(self.settings, code_list)

    def _phrase(self, key: str, id_: str, en: str) -> Phrase:
        if key not in self._made:
            self._made[key] = Phrase(id_, en, key if id_ != en else "")
            if id_ != en:
                self.used[key] = en
        return self._made[key]


@cache
def _lists(dbt_dir: Path) -> frozenset[str]:
    return frozenset(path.stem for path in (dbt_dir / "seeds" / "codes").glob("code_*.csv"))


@cache
def _headings(mart: str) -> dict[str, tuple[str, str]]:
    declared = labels.declared(mart)
    return {c["name"]: _both(c, f"{mart}.{c['name']}") for c in declared["columns"]}


def _both(declared: Mapping[str, Any], name: str) -> tuple[str, str]:
    meta = declared.get("config", {}).get("meta", {})
    if not (meta.get("label_id") and meta.get("label_en")):
        raise ReportFailed(f"{name} is not named in both languages.")
    return str(meta["label_id"]), str(meta["label_en"])


def _metric(name: str, what: str) -> str:
    meta = metrics.declared(name).get("config", {}).get("meta", {})
    if what not in meta:
        raise ReportFailed(f"Metric {name} has no {what}.")
    return str(meta[what])
