"""Values of events in a few words."""

from __future__ import annotations

import pytest

from crossdock.portal.templatetags.portal import compact


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "nothing"),
        ("", "nothing"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("readyForFulfillment", "Ready to ship"),
        ([{"sku": "TEA", "quantity": 2}, {"sku": "CUP", "quantity": 1}], "2 x TEA, 1 x CUP"),
        ({"TEA": 2, "CUP": 1}, "2 x TEA, 1 x CUP"),
        ("canceledRestock", "Cancelled, restocked"),
        ({"giftWrap": True}, "Gift wrap: yes"),
        ([{"do": "hold", "minutes": 10}, {"do": "release"}], "Do: hold, Minutes: 10; Do: release"),
        ({"city": "Αθήνα", "codes": ["A", "B"]}, "City: Αθήνα, Codes: A; B"),
        ({}, "nothing"),
        ([], "nothing"),
    ],
)
def test_values_of_events_are_said_in_a_few_words(value: object, said: str) -> None:
    assert compact(value) == said
