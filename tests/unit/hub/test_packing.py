"""Which lines a warehouse means by its SKUs: bundles whole or by their parts, nothing counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.hub.shipping.packing import Slot, missing_parts, pack, whole_sets

CUP = Slot(1, "cup", 1)
SET = Slot(2, "set", 3, {"cup": 2, "pot": 1})
BOX = Slot(3, "box", 2, {"pot": 2})


@pytest.mark.parametrize(
    ("slots", "reported", "units", "left"),
    [
        ([CUP, SET], {"cup": 1}, {1: 1}, {}),
        ([CUP, SET], {"cup": 2, "pot": 1}, {2: 1}, {}),
        ([CUP, SET], {"cup": 3, "pot": 1}, {1: 1, 2: 1}, {}),
        ([CUP, SET], {"cup": 7, "pot": 3}, {1: 1, 2: 3}, {}),
        ([SET], {"set": 1, "cup": 4, "pot": 2}, {2: 3}, {}),
        ([SET], {"set": 2, "cup": 4, "pot": 2}, {2: 3}, {"set": 1}),
        ([SET], {"cup": 3, "pot": 1}, {2: 1}, {"cup": 1}),
        ([SET], {"cup": 8, "pot": 4}, {2: 3}, {"cup": 2, "pot": 1}),
        ([SET, BOX], {"cup": 2, "pot": 5}, {2: 1, 3: 2}, {}),
        ([SET, BOX], {"cup": 2, "pot": 2}, {2: 1}, {"pot": 1}),
        ([Slot(1, "tea", 2), Slot(2, "tea", 2)], {"tea": 3}, {1: 2, 2: 1}, {}),
        ([Slot(1, "tea", 2)], {"tea": 3}, {1: 2}, {"tea": 1}),
        ([Slot(1, "", 2)], {"": 1}, {}, {"": 1}),
    ],
)
def test_what_was_meant(
    slots: list[Slot], reported: dict[str, int], units: dict[int, int], left: dict[str, int]
) -> None:
    found = pack(slots, reported)
    assert (found.units, found.left) == (units, left)


def test_what_is_missing_to_whole_bundles() -> None:
    assert missing_parts(SET, {"cup": 3, "pot": 1}) == {"cup": 1, "pot": 1}
    assert missing_parts(SET, {"cup": 4, "pot": 2}) == {}
    assert (whole_sets(SET, {"cup": 4, "pot": 2}), whole_sets(SET, {"cup": 1})) == (2, 0)


@given(
    cup=st.integers(0, 6), sets=st.integers(0, 6), boxes=st.integers(0, 6),
    data=st.data(),
)  # fmt: skip
def test_whatever_really_shipped_is_accounted_for(
    cup: int, sets: int, boxes: int, data: st.DataObject
) -> None:
    """Some true contents exist, so all reported units find a place, within what is open, to the unit."""
    slots = [Slot(1, "cup", cup), Slot(2, "set", sets, SET.parts), Slot(3, "box", boxes, BOX.parts)]
    shipped = {slot.key: data.draw(st.integers(0, slot.open)) for slot in slots}
    reported: dict[str, int] = {}
    for slot in slots:
        for sku, each in (slot.parts or {slot.sku: 1}).items():
            reported[sku] = reported.get(sku, 0) + each * shipped[slot.key]
    found = pack(slots, reported)
    assert found.left == {}
    again: dict[str, int] = {}
    for slot in slots:
        assert found.units.get(slot.key, 0) <= slot.open
        for sku, each in (slot.parts or {slot.sku: 1}).items():
            again[sku] = again.get(sku, 0) + each * found.units.get(slot.key, 0)
    assert again == reported
