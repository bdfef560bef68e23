"""The rules behind what is published, as the method notes print them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, takewhile

from asn_warehouse.report.labels import catalogue
from asn_warehouse.rules import Rule

_SHORTEST = 8
"""Words that rules of one article share are told once from this length on."""


@dataclass(frozen=True)
class Note:
    """Rules of one set with the same article, mark and first day in force, in words."""

    words: str
    source: str
    mark: str
    valid_from: date


def shown(known: Iterable[Rule], day: date) -> tuple[Rule, ...]:
    """Return the rules in force on ``day`` that a published column rests on, in reading order.

    By topic and set; within a set the highest score, level or band first.
    """
    topics = list(catalogue()["rule_topic"])
    found = [rule for rule in known if rule.topic is not None and rule.is_in_force(day)]
    return tuple(
        sorted(
            found,
            key=lambda r: (topics.index(str(r.topic)), r.rule_set, -_height(r), r.rule_id),
        )
    )


def _height(rule: Rule) -> float:
    """Return what orders scores, levels and bands; other rules keep the order of their ids."""
    number = re.search(r"-?\d+(\.\d+)?", rule.value)
    if number is None or rule.unit not in ("points", "level", "range"):
        return 0
    return float(number[0]) - 0.5 * rule.value.startswith("<")


def notes(rules: Iterable[Rule]) -> dict[str, list[Note]]:
    """Return the notes of each topic, in the order of ``rules``."""
    found: dict[str, list[Note]] = {}
    for topic, members in groupby(rules, key=lambda rule: str(rule.topic)):
        groups: dict[tuple[str, str, str, date], list[str]] = {}
        for rule in members:
            key = (rule.rule_set, rule.source, rule.mark, rule.valid_from)
            groups.setdefault(key, []).append(_words(rule))
        found[topic] = [Note(joined(words), *key[1:]) for key, words in groups.items()]
    return found


def _words(rule: Rule) -> str:
    """Return a rule in words, with its value where the words leave that out."""
    words, value = rule.note.rstrip("."), rule.value.replace(".", ",")
    if rule.unit == "weight" and value not in words:
        return f"{words} (bobot {value})."
    return f"{words}: {rule.value}." if rule.unit == "text" else rule.note


def joined(notes: Sequence[str]) -> str:
    """Return several notes as one; the words that all begin or end with are told once."""
    notes = list(dict.fromkeys(notes))
    if len(notes) < 3:
        return " ".join(notes)
    start = _shared(notes)
    start = start[: start.rfind(" ") + 1]
    rests = [note[len(start) :] for note in notes]
    end = _shared([rest[::-1] for rest in rests])[::-1]
    end = re.sub(r"^[^ ;,.]*", "", end)
    middles = [rest[: len(rest) - len(end)] for rest in rests]
    if len(start) + len(end) < _SHORTEST or not all(middles):
        return " ".join(notes)
    return f"{start}{'; '.join(middles)}{end}"


def _shared(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    equal = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in equal)


def box_actions(rules: Iterable[Rule]) -> dict[int, str]:
    """Return the recommended action of each talent box."""
    return {int(rule.item): rule.value for rule in rules if rule.rule_set == "talent_action"}


def parameter(rules: Iterable[Rule], rule_set: str, item: str) -> float | None:
    """Return the value of a rule, or None where there is none."""
    for rule in rules:
        if (rule.rule_set, rule.item) == (rule_set, item):
            return float(rule.value)
    return None
