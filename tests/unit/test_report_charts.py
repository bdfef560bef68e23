"""What charts draw, and what is said where there is nothing to draw."""

from itertools import pairwise

import pytest

from asn_warehouse.report import charts
from asn_warehouse.report.blocks import charted
from asn_warehouse.report.model import Cell, Chart, Column, Table


def test_a_chart_with_nothing_to_draw_gives_way_to_words():
    table = Table("t", "Kesiapan", (Column("a", "Jenjang"),), ((Cell("Pelaksana"),),))
    points = [charts.Point("Pelaksana", None, "*"), charts.Point("Pengawas", None, "–")]
    words, shown = charted("grafik", "Kesiapan", "Batang.", points, pytest.fail, table)
    assert "tidak digambar karena semua angkanya dirahasiakan" in words.text and shown is table
    drawn = charted(
        "grafik", "Kesiapan", "Batang.", [*points, charts.Point("A", 1, "1")], str, table
    )
    assert [type(block) for block in drawn] == [Chart]


def test_hidden_parts_of_a_bar_are_drawn_as_what_is_left():
    points = [charts.Point("Teknis", 60, "60", "a"), charts.Point("Teknis", None, "*", "b")]
    names = {"axis": "Bagian", "series": ["a", "b"], "rest": "Dirahasiakan"}
    with_rest = charts.stacked(points, wholes={"Teknis": 100}, **names)
    assert "Dirahasiakan" in with_rest and ">*</text>" in with_rest
    assert "Dirahasiakan" not in charts.stacked(points[:1], wholes={"Teknis": 60}, **names)


def test_steps_of_a_stacked_bar_are_told_apart_in_grey():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    steps = [luminance(colour) for colour in charts.LEVELS]
    contrasts = [(a + 0.05) / (b + 0.05) for a, b in pairwise(steps)]
    assert min(contrasts) >= 1.4
