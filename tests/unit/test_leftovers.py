"""What a failed program leaves is collected at the end of its test."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from exchange_automation_testing import leftovers


class Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def garbage() -> Iterator[weakref.ref[Cycle]]:
    gc.disable()
    try:
        yield weakref.ref(Cycle())
    finally:
        gc.enable()


def test_a_failed_programs_garbage_is_collected(garbage: weakref.ref[Cycle]) -> None:
    leftovers.expect()
    leftovers.clear()

    assert garbage() is None


def test_nothing_is_collected_where_no_program_failed(garbage: weakref.ref[Cycle]) -> None:
    leftovers.clear()

    assert garbage() is not None


def test_one_collection_leaves_the_survivors_out_of_the_next() -> None:
    leftovers.expect()
    leftovers.clear()

    assert gc.get_freeze_count() > len(gc.get_objects())
