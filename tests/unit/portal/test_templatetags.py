"""Values of events in a few words, and numbers that were not counted to the end."""

from __future__ import annotations

import pytest

from crossdock.hub.listing.paging import MOST_COUNTED
from crossdock.portal.templatetags.portal import at_most, compact, spaced


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


def test_what_was_not_counted_to_the_end_says_so() -> None:
    assert at_most(MOST_COUNTED) == "10,000"
    assert at_most(MOST_COUNTED + 1) == "more than 10,000"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sumMismatch", "Sum mismatch"),
        ("blankSku", "Blank SKU"),
        ("order_id", "Order id"),
        ("PAID", "PAID"),
        ("variation HUB-1034-L", "Variation HUB-1034-L"),
        ("", ""),
    ],
)
def test_a_code_is_said_as_words_and_what_is_in_capitals_stays(name: str, said: str) -> None:
    assert spaced(name) == said
