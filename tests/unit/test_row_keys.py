"""Rows are matched by the values of their keys, whatever these are."""

import pandas as pd

from asn_warehouse.row_keys import coded, combined, groups, places

ONE = pd.DataFrame({"agency": ["a", None, "b"], "box": [1.0, None, 2.0]})
OTHER = pd.DataFrame({"box": [2, 1, 2], "agency": ["b", "c", "b"], "further": [0, 0, 0]})
KEYS = ("agency", "box", "nowhere")


def test_equal_values_have_the_same_number_in_all_tables_and_null_has_none() -> None:
    one, other = coded([ONE, OTHER], KEYS)
    assert one["agency"].tolist() == [0, -1, 1] and other["agency"].tolist() == [1, 2, 1]
    assert one["box"].tolist() == [0, -1, 1] and other["box"].tolist() == [1, 0, 1]
    assert {*one["nowhere"], *other["nowhere"]} == {-1}


def test_rows_have_the_number_of_their_combination_in_the_order_of_rows() -> None:
    codes = pd.DataFrame({"x": [2, -1, 2, -1], "y": [-1, 2, -1, -1]})
    assert combined(codes).tolist() == [0, 1, 0, 2]


def test_a_row_is_found_by_its_keys_the_last_where_there_are_several() -> None:
    place, number = places(*coded([ONE, OTHER], KEYS))
    assert place.tolist() == [-1, -1, 2] and number.tolist() == [0, 0, 2]
    place, number = places(*coded([ONE, ONE[:0]], KEYS))
    assert place.tolist() == [-1, -1, -1] and number.tolist() == [0, 0, 0]


def test_parts_stand_beside_one_another_with_the_last_of_their_totals() -> None:
    rows = pd.DataFrame(
        {"agency": ["a", None, "b", "a", None, "b"], "level": ["x", "x", "x", "y", "x", None]}
    )
    grouped = groups(coded([rows], ("agency", "level"))[0], "agency")
    assert grouped.parts.tolist() == [0, 2, 3, 5]
    assert grouped.totals[grouped.of].tolist() == [4, 4, -1, -1]
