"""All cases, part by part."""

from faults import (
    columnar,
    delimited,
    encodings,
    headers,
    packed,
    people,
    places,
    records,
    rules,
    values,
    workbooks,
)

PARTS = (
    encodings,
    delimited,
    headers,
    packed,
    workbooks,
    records,
    columnar,
    people,
    values,
    places,
    rules,
)
CASES = tuple(case for part in PARTS for case in part.cases())
