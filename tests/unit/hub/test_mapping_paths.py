"""Paths into a source document: what they find, and where one that cannot be read goes wrong."""

from __future__ import annotations

import pytest

from crossdock.hub.mappings.paths import MisfitError, PathError, find, leaves, read_document, read_path

DOCUMENT = read_document(
    b"""{
  "extraFields": {"gift_message": "Happy birthday", "a.b": "dotted"}, "emptyFields": [], "nothing": null, "blank": "",
  "orderExtraFields": [
    {"id": "x1", "title": "Delivery date", "value": "2026-12-01"},
    "not an object",
    {"id": "x2", "title": "Box [red]", "value": "yes", "rate": 1.10}
  ],
  "items": [{"sku": "tea"}, {"sku": ""}, {"sku": "cup"}], "gift": true, "weight": 12
}"""
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("extraFields.gift_message", ["Happy birthday"]),
        (' extraFields."a.b" ', ["dotted"]),
        ("orderExtraFields[title=Delivery date].value", ["2026-12-01"]),
        ('orderExtraFields[ title = "Box [red]" ].value', ["yes"]),
        ("orderExtraFields[id=x2].rate", ["1.10"]),
        ("orderExtraFields[title=delivery date].value", []),
        ("items[].sku", ["tea", "cup"]),
        ("items[2].sku", ["cup"]),
        ("items[3].sku", []),
        ("gift", [True]),
        ("weight", [12]),
        ("nothing.at.all", []),
        ("blank", []),
        ("emptyFields.gift_message", []),
        ("emptyFields[0]", []),
    ],
)
def test_what_a_path_finds(path: str, found: list[object]) -> None:
    assert find(read_path(path), DOCUMENT) == found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("extraFields.gift_message.length", "gift_message is a text, so it has no field length"),
        ("extraFields[0]", "extraFields is an object, no list"),
        ("orderExtraFields[].value", "an element of orderExtraFields is a text, so it has no field value"),
        ("weight[title=x]", "weight is a number, no list"),
    ],
)
def test_what_does_not_fit_is_said(path: str, said: str) -> None:
    with pytest.raises(MisfitError) as caught:
        find(read_path(path), DOCUMENT)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("path", "place", "part"),
    [
        ("", 1, "is empty"),
        ("a..b", 3, "a field's name is missing"),
        ("a.", 3, "a field's name is missing"),
        ("[0].a", 1, "a field's name is missing"),
        ("items[0", 6, "has no end"),
        ("items[name]", 11, "in brackets stand"),
        ("items[name=]", 12, "say what the field must say"),
        ("items[-1]", 9, "in brackets stand"),
        ('"a.b', 1, "has no end"),
        ("items[0]sku", 9, "a dot goes on"),
        ("a\tb", 2, "printable"),
        ("a" * 301, 301, "longer than 300"),
        (".".join("a" * 21), 41, "21 steps"),
        ('items[name="a"b]', 15, "the bracket ends"),
        ("items[9999999]", 7, "no element"),
    ],
)
def test_an_error_names_the_place(path: str, place: int, part: str) -> None:
    with pytest.raises(PathError) as caught:
        read_path(path)
    assert caught.value.place == place
    assert part in str(caught.value)


def test_every_path_that_is_offered_leads_to_its_value() -> None:
    offered = leaves(DOCUMENT, 100)
    assert ('extraFields."a.b"', "dotted") in offered
    assert ("orderExtraFields[0].value", "2026-12-01") in offered
    for path, value in offered:
        found = find(read_path(path), DOCUMENT)
        assert [str(one).lower() for one in found] == [value.lower()]
    assert len(leaves(DOCUMENT, 3)) == 3
