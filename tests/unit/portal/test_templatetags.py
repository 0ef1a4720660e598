"""Codes as words, and numbers that were not counted to the end."""

from __future__ import annotations

import pytest

from crossdock.hub.listing.paging import MOST_COUNTED
from crossdock.portal.templatetags.portal import at_most, spaced


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
