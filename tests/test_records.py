"""Records compare by value: NaN, arrays, collections, pickled twins."""

import copy
import itertools
import math
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from hebbfast._records import Record, same


@dataclass(frozen=True, eq=False)
class Small(Record):
    value: float
    table: np.ndarray
    parts: tuple["Small", ...] = ()
    note: str = ""


@dataclass(frozen=True, eq=False)
class Other(Small):
    pass


def make(value=math.nan, table=(1.0, math.nan), dtype=float, kind=Small, **more):
    return kind(value, np.array(table, dtype=dtype), **more)


def test_equal_values_make_equal_records():
    for more in ({}, {"parts": (make(), make(1.5))}, {"note": "a"}):
        one, other = make(**more), make(value=float("nan"), **more)
        assert one == other and hash(one) == hash(other)
        for twin in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
            assert twin == one and hash(twin) == hash(one) and not twin != one
    assert hash(make(value=0.0)) == hash(make(value=-0.0)) and make(value=0.0) == make(value=-0.0)


def test_anything_else_makes_another_record():
    different = [
        make(),
        make(value=0.0),
        make(table=(1.0, 2.0)),
        make(table=(1.0,)),
        make(table=[(1.0, math.nan)]),
        make(table=(1, 2), dtype=int),
        make(parts=(make(),)),
        make(parts=(make(value=1.0),)),
        make(note="a"),
        make(kind=Other),
        3,
    ]
    for one, other in itertools.combinations(different, 2):
        assert one != other and not one == other


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": math.nan}, {"a": float("nan")}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1, math.nan], [1, float("nan")], True),
        ([1], (1,), False),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array([1]), 1, False),
        (np.float64("nan"), math.nan, True),
        (None, math.nan, False),
    ],
)
def test_same(one, other, equal):
    assert same(one, other) == equal == same(other, one)
