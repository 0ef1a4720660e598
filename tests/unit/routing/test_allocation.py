"""Who ships what: tables for the cases a merchant would name, and properties for all the others."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.routing.allocation import Allocation, Need, Shelf, Stock, allocate

Figures = dict[str, Stock | int]


def shelf(location_id: int, figures: Figures, *, infinite: bool = False, whole: bool = False) -> Shelf:
    def stock(sku: str) -> Stock:
        found = figures.get(sku, Stock())
        return Stock("tracked", found) if isinstance(found, int) else found

    return Shelf(location_id, stock, infinite, whole)


def needs(**quantities: int) -> list[Need]:
    """One line for each SKU; its id is its place, from 1."""
    return [Need(place, sku, quantity) for place, (sku, quantity) in enumerate(quantities.items(), start=1)]


def laid_out(
    wanted: list[Need], *places: Figures, split: bool = True, future: bool = False
) -> list[tuple[int, dict[int, int], bool]]:
    shelves = [shelf(number, figures) for number, figures in enumerate(places, start=1)]
    return [
        (one.location_id, dict(one.lines), one.waits)
        for one in allocate(wanted, shelves, split=split, future=future)
    ]


@pytest.mark.parametrize(
    ("places", "split", "expected"),
    [
        ([{"tea": 2, "cup": 1}, {"tea": 9, "cup": 9}], True, [(1, {1: 2, 2: 1}, False)]),
        ([{"tea": 2}, {"tea": 9, "cup": 9}], True, [(2, {1: 2, 2: 1}, False)]),
        ([{"tea": 2}, {"cup": 1}], True, [(1, {1: 2}, False), (2, {2: 1}, False)]),
        ([{"tea": 2}, {"cup": 1}], False, []),
        ([{"tea": 1, "cup": 1}, {"tea": 1}], True, [(1, {1: 1, 2: 1}, False), (2, {1: 1}, False)]),
        ([{"tea": 1}, {"tea": 1}, {"tea": 1, "cup": 1}], True, [(1, {1: 1}, False), (3, {1: 1, 2: 1}, False)]),
        ([{"tea": 1, "cup": 1}, {"tea": 2}], True, [(1, {2: 1}, False), (2, {1: 2}, False)]),
        ([{"tea": 1, "cup": 1}], True, []),
        ([{"tea": -5, "cup": 1}, {"tea": 2}], True, [(1, {2: 1}, False), (2, {1: 2}, False)]),
        ([{"tea": Stock("unlimited"), "cup": Stock("unlimited")}], False, [(1, {1: 2, 2: 1}, False)]),
        ([{"tea": Stock("unknown", 9), "cup": 9}], True, []),
        ([], True, []),
    ],
)  # fmt: skip
def test_two_tea_and_a_cup(
    places: list[Figures], split: bool, expected: list[tuple[int, dict[int, int], bool]]
) -> None:
    assert laid_out(needs(tea=2, cup=1), *places, split=split) == expected


def test_an_infinite_place_has_everything() -> None:
    found = allocate(needs(tea=2), [shelf(7, {}, infinite=True)], split=False, future=False)
    assert found == (Allocation(7, ((1, 2),)),)


def test_two_lines_of_one_sku_share_what_is_there() -> None:
    lines = [Need(1, "tea", 2), Need(2, "tea", 2)]
    assert laid_out(lines, {"tea": 3}) == []
    assert laid_out(lines, {"tea": 3}, {"tea": 1}) == [(1, {1: 2, 2: 1}, False), (2, {2: 1}, False)]


COMING = Stock("tracked", 1, 5)


@pytest.mark.parametrize(
    ("split", "future", "expected"),
    [
        (False, False, []),
        (False, True, [(1, {1: 3}, True)]),
        (True, True, [(1, {1: 1}, False), (1, {1: 2}, True)]),
    ],
)
def test_stock_on_its_way(
    split: bool, future: bool, expected: list[tuple[int, dict[int, int], bool]]
) -> None:
    assert laid_out(needs(tea=3), {"tea": COMING}, split=split, future=future) == expected


def test_only_what_nobody_has_yet_waits() -> None:
    found = laid_out(needs(tea=4, cup=1), {"tea": COMING}, {"tea": 1, "cup": 1}, future=True)
    assert found == [(1, {1: 1}, False), (2, {1: 1, 2: 1}, False), (1, {1: 2}, True)]
    assert laid_out(needs(tea=9), {"tea": COMING}, future=True) == []
    assert laid_out(needs(tea=2), {"tea": Stock("tracked", -1, 2)}, future=True) == []


BUNDLE = (("tea", 2), ("cup", 1))


def test_a_bundle_is_as_many_as_its_scarcest_part_makes() -> None:
    sets = [Need(1, "set", 2, BUNDLE)]
    assert laid_out(sets, {"tea": 4, "cup": 2}) == [(1, {1: 2}, False)]
    assert laid_out(sets, {"tea": 3, "cup": 2}) == []
    assert laid_out([*sets, Need(2, "tea", 1)], {"tea": 4, "cup": 2}) == [], "a loose line shares the parts"
    packed = [shelf(1, {"set": 2}, whole=True)]
    assert allocate(sets, packed, split=False, future=False) == (Allocation(1, ((1, 2),)),)
    loose = [shelf(1, {"set": 2}), shelf(2, {"tea": 4, "cup": 2}, whole=True)]
    assert allocate(sets, loose, split=True, future=False) == ()


def test_many_places_are_searched_within_bounds() -> None:
    """Thirty places of one unit each, and one that has twenty: two dozen parcels, found at once."""
    places: list[Figures] = [{"tea": 1} for _ in range(30)]
    places.insert(15, {"tea": 20})
    found = laid_out(needs(tea=24), *places)
    assert sum(lines[1] for _, lines, _ in found) == 24
    assert len(found) == 5
    assert 16 in [location for location, _, _ in found]


# -- for any order and any shelves

SKUS = ("tea", "cup", "pot")
figure = st.one_of(
    st.builds(Stock, st.just("tracked"), st.integers(-2, 5), st.integers(0, 3)),
    st.just(Stock("unknown", 3)),
    st.just(Stock("unlimited")),
)
shelves_of = st.lists(st.dictionaries(st.sampled_from(SKUS), figure), min_size=0, max_size=5)
plain_lines = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 5)), min_size=1, max_size=4)
bundles = st.lists(
    st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), max_size=3, unique_by=lambda part: part[0]
)


def room(figures: Figures, sku: str, *, future: bool) -> int:
    """How many units a shelf may give; many for an unlimited one."""
    found = figures.get(sku, Stock())
    assert isinstance(found, Stock)
    if found.state == "tracked":
        return max(found.free + (found.coming if future else 0), 0)
    return 10**9 if found.state == "unlimited" else 0


@given(
    shelves_of,
    st.lists(st.tuples(bundles, st.integers(1, 4)), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_never_more_than_is_wanted_or_free_and_nothing_forgotten(
    places: list[Figures], lines: list[tuple[list[tuple[str, int]], int]], split: bool, future: bool
) -> None:
    wanted = [
        Need(number, f"set {number}" if parts else "tea", quantity, tuple(parts))
        for number, (parts, quantity) in enumerate(lines)
    ]
    found = allocate(
        wanted, [shelf(number, figures) for number, figures in enumerate(places)], split=split, future=future
    )
    if not found:
        return
    for need in wanted:
        given_units = [quantity for one in found for line, quantity in one.lines if line == need.line_id]
        assert sum(given_units) == need.quantity, "all of it, and no more"
        assert min(given_units) > 0
    for number, figures in enumerate(places):
        for waits in (False, True):
            taken: dict[str, int] = {}
            for one in found:
                if one.location_id == number and (waits or not one.waits):
                    for line, quantity in one.lines:
                        for sku, each in wanted[line].parts or (("tea", 1),):
                            taken[sku] = taken.get(sku, 0) + quantity * each
            for sku, quantity in taken.items():
                assert quantity <= room(figures, sku, future=waits)
    assert future or not any(one.waits for one in found)
    assert split or len(found) == 1


@given(shelves_of, plain_lines)
def test_as_few_places_as_can_be(places: list[Figures], lines: list[tuple[str, int]]) -> None:
    wanted = [Need(number, sku, quantity) for number, (sku, quantity) in enumerate(lines)]
    found = allocate(
        wanted, [shelf(number, figures) for number, figures in enumerate(places)], split=True, future=False
    )
    enough = [
        chosen
        for size in range(1, len(places) + 1)
        for chosen in combinations(range(len(places)), size)
        if all(
            sum(room(places[number], sku, future=False) for number in chosen)
            >= sum(quantity for other, quantity in lines if other == sku)
            for sku, _ in lines
        )
    ]
    assert bool(found) == bool(enough), "a way is found if there is one"
    if found:
        assert len(found) == len(enough[0])
        assert [one.location_id for one in found] == list(enough[0]), "the first of the card go first"
