"""An order's disposition follows from what became of its units."""

from __future__ import annotations

import pytest

from crossdock.hub.orders.disposition import Units, disposition


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (Units(0), []),
        (Units(5), ["unrouted", "unsent", "unfulfilled"]),
        (Units(5, held=2), ["partiallyRouted", "unsent", "unfulfilled"]),
        (Units(5, held=5), ["routed", "unsent", "unfulfilled"]),
        (Units(5, held=5, sent=2), ["routed", "partiallySent", "unfulfilled"]),
        (Units(5, held=5, sent=5), ["routed", "sent", "unfulfilled"]),
        (Units(5, fulfilled=2, held=3, sent=3), ["routed", "sent", "partiallyFulfilled"]),
        (Units(5, fulfilled=2), ["partiallyRouted", "partiallySent", "partiallyFulfilled"]),
        (Units(5, fulfilled=5), ["routed", "sent", "fulfilled"]),
        (Units(5, canceled=2, fulfilled=3), ["routed", "sent", "fulfilled", "partiallyCanceled"]),
        (Units(5, canceled=5), ["canceled"]),
        (Units(5, rejected=5), ["unrouted", "unsent", "unfulfilled", "rejected"]),
        (Units(5, held=3, rejected=2), ["partiallyRouted", "unsent", "unfulfilled", "partiallyRejected"]),
        (Units(5, held=5, rejected=2), ["routed", "unsent", "unfulfilled"]),
    ],
)  # fmt: skip
def test_words_follow_from_units(units: Units, words: list[str]) -> None:
    assert disposition(units) == words
