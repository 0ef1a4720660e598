"""What a page says is worked out ahead only where that is likely to be wanted, and says the same as later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from crossdock.canon import Order
from crossdock.connectors.contract import Account, Page, RemoteRecord, Source, Translated, Window
from crossdock.connectors.errors import Unreadable
from crossdock.flows.foresight import Foresight, Reading, readings, translated
from crossdock.hub.intake import Incoming, Tally, document_hash

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window(field="updated", start=None, end=None)
ACCOUNT = cast("Account", None)  # the source below looks at no account


class OneSource:
    """A source with one page of two records, of which the second cannot be read."""

    def __init__(self) -> None:
        self.translations = 0

    def page(self, window: Window, offset: int) -> Page:
        """Return the page."""
        records = [
            RemoteRecord(remote_id=name, updated_at=NOON, document=name.encode()) for name in ("good", "bad")
        ]
        return Page(records=records, total=2, offset=offset, count=2)

    def translate(self, record: RemoteRecord, account: Account) -> Translated[Order]:
        """Translate one record."""
        self.translations += 1
        if record.remote_id == "bad":
            raise Unreadable("the total is no number", field="total")
        order = Order(
            ext_order_id="1", ext_order_api_id="good", ext_order_created_at=NOON, ext_order_updated_at=NOON,
            order_source="test", standing="open", paid=True, payment_status="paid", fulfillment_status="new",
            currency="EUR", total_price=Decimal(1), sub_total_price=Decimal(1),
        )  # fmt: skip
        return Translated(record=order, notices=())


def looked_at(page: Page) -> list[Reading[Order]]:
    found: Sequence[Reading[Order]] = readings(page)
    return list(found)


def foresight(*, expect_news: bool) -> tuple[OneSource, Foresight[Order]]:
    source = OneSource()
    return source, Foresight(cast("Source[Order]", source), ACCOUNT, expect_news=expect_news)


def test_a_page_full_of_news_is_translated_ahead_and_only_once() -> None:
    source, reader = foresight(expect_news=True)
    good, bad = looked_at(reader.page(WINDOW, 0))
    assert source.translations == 2
    assert isinstance(good.outcome, Incoming)
    assert good.hash == good.outcome.hash == document_hash(b"good")
    assert isinstance(bad.outcome, Unreadable)
    assert (bad.outcome.remote_id, bad.outcome.field) == ("bad", "total")
    for one in (good, bad):
        assert translated(cast("Source[Order]", source), ACCOUNT, one) is one.outcome
    assert source.translations == 2


def test_a_page_without_news_is_not_translated_until_asked_for() -> None:
    source, reader = foresight(expect_news=False)
    page = reader.page(WINDOW, 0)
    assert source.translations == 0
    assert (page.total, page.count, [one.remote_id for one in page.records]) == (2, 2, ["good", "bad"])
    good = looked_at(page)[0]
    assert good.outcome is None
    assert isinstance(translated(cast("Source[Order]", source), ACCOUNT, good), Incoming)


def test_what_the_last_page_held_is_expected_of_the_next() -> None:
    source, reader = foresight(expect_news=True)
    reader.learn(Tally(read=100, unchanged=100))
    reader.page(WINDOW, 0)
    assert source.translations == 0
    reader.learn(Tally(read=100, unchanged=10))
    reader.page(WINDOW, 0)
    assert source.translations == 2


def test_a_page_of_another_reader_gets_its_hashes() -> None:
    found = looked_at(OneSource().page(WINDOW, 0))
    assert [one.hash for one in found] == [document_hash(b"good"), document_hash(b"bad")]
