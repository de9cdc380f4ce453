from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from localtenant.state.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_read_of_an_earlier_moment_sees_what_was_there_then() -> None:
    store = Store()
    store.add("a", {"n": 1}, now=at(0), visible=at(0))
    store.update("a", {"n": 2}, now=at(10))
    store.remove("a", now=at(20))
    assert [store.get("a", at(seconds)) for seconds in (-1, 0, 9, 10, 19, 20)] == [
        None,
        {"n": 1},
        {"n": 1},
        {"n": 2},
        {"n": 2},
        None,
    ]
    assert "a" not in store
    assert len(store) == 0
    assert list(store.bodies(at(15))) == [{"n": 2}]


def test_what_was_written_does_not_change_with_the_writers_copy() -> None:
    store, body = Store(), {"list": [1]}
    store.add("a", body, now=at(0), visible=at(0))
    body["list"].append(2)
    assert store.get("a") == {"list": [1]}


def test_what_is_gone_cannot_be_removed_again() -> None:
    store = Store()
    store.add("a", {}, now=at(0), visible=at(0))
    store.remove("a", now=at(1))
    for key in ("a", "never"):
        with pytest.raises(KeyError):
            store.remove(key, now=at(2))


def test_only_the_latest_versions_are_kept() -> None:
    store = Store()
    store.add("a", {"n": 0}, now=at(0), visible=at(0))
    for n in range(1, 100):
        store.update("a", {"n": n}, now=at(n))
    record = store.record("a")
    assert record is not None
    assert len(record.versions) == Store.KEPT_VERSIONS
    assert store.get("a") == {"n": 99}


def test_only_the_latest_deleted_objects_are_kept() -> None:
    store = Store()
    for number in range(1500):
        store.add(f"gone-{number}", {"n": number}, now=at(number), visible=at(0))
        store.remove(f"gone-{number}", now=at(number + 0.5))
    assert len(list(store.records())) == Store.KEPT_DELETED
    assert store.get("gone-1499", at(1499)) == {"n": 1499}
    assert store.get("gone-0", at(0)) is None


def test_an_object_that_came_back_outlives_its_earlier_deletion() -> None:
    store = Store()
    for number in (1, 2):
        store.add("again", {"n": number}, now=at(number), visible=at(0))
        store.remove("again", now=at(number + 0.5))
    store.add("again", {"n": 3}, now=at(3), visible=at(0))
    for number in range(1500):
        store.add(f"gone-{number}", {}, now=at(number), visible=at(0))
        store.remove(f"gone-{number}", now=at(number))
    assert store.get("again") == {"n": 3}
