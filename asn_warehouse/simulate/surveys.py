"""Answers to the reaction and behaviour surveys (``survei_pelatihan``)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asn_warehouse.periods import Period
from asn_warehouse.simulate.draws import IntArray, integers, labels, stream
from asn_warehouse.simulate.learning import Enrolments, by_agency
from asn_warehouse.simulate.programs import Runs

REACTION = ("MATERI", "PENGAJAR", "METODE", "FASILITAS", "MANFAAT")
BEHAVIOUR = ("PENERAPAN", "PERUBAHAN_KERJA")
_TOKEN_FACTOR, _TOKEN_SPACE = 2_654_435_761, 2**32


def _tokens(index: IntArray, stage: int) -> pa.Array:
    """Return anonymous tokens: never a number of 16 or 18 digits, unique by answer sheet."""
    mixed = ((index * 2 + stage) * _TOKEN_FACTOR) % _TOKEN_SPACE
    return pc.binary_join_element_wise("R", integers(mixed).cast(pa.string()), "-")


def _sheet(
    enrolments: Enrolments, runs: Runs, index: IntArray, stage: int, seed: int, keys: list[int]
) -> pa.Table:
    items = BEHAVIOUR if stage else REACTION
    rng = stream(seed, "survey", stage, *keys)
    run = enrolments.run[index]
    gain = runs.gain[runs.program[run]][:, None]
    mood = rng.normal(0, 0.5, (len(index), 1))
    score = 2.9 + gain / 14 + mood + rng.normal(0, 0.6, (len(index), len(items)))
    points = np.clip(np.round(score - 0.3 * stage), 1, 5).astype(np.int64).ravel()
    row = np.repeat(np.arange(len(index)), len(items))
    program = pa.array(runs.program[run][row])
    return pa.table(
        {
            "id_responden": _tokens(index, stage).take(pa.array(row)),
            "kode_program": runs.codes.take(program),
            "angkatan": integers(runs.number[run][row]).cast(pa.string()),
            "tahap": pa.repeat(("REAKSI", "PERILAKU")[stage], len(row)),
            "butir": labels(items, np.tile(np.arange(len(items)), len(index))),
            "skor": integers(points),
        }
    )


def answers_due(
    enrolments: Enrolments, runs: Runs, period: Period, is_first: bool, agencies: int
) -> list[tuple[IntArray, IntArray]]:
    """Return for each agency who answers about reaction and about behaviour.

    Reactions come in the month in which a run ends, behaviour three to six months later; the first
    month carries all so far.
    """
    now = period.year * 12 + period.month - 1
    ended = runs.end_month[enrolments.run]
    chosen = []
    for asked, month in (
        (enrolments.answers == 1, ended),
        (enrolments.lag > 0, ended + enrolments.lag),
    ):
        due = (month <= now) if is_first else (month == now)
        chosen.append(by_agency(enrolments, asked & due, agencies))
    return list(zip(*chosen, strict=True))


def survey_answers(
    enrolments: Enrolments,
    runs: Runs,
    index: tuple[IntArray, IntArray],
    agency: int,
    period: Period,
    seed: int,
) -> pa.Table:
    """Return ``survei_pelatihan`` of one agency: an answer sheet for each index and stage."""
    keys = [agency, period.year * 12 + period.month]
    return pa.concat_tables(
        [_sheet(enrolments, runs, own, stage, seed, keys) for stage, own in enumerate(index)]
    )
