"""What is typed is read exactly or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import typer

from crossdock.cli import values
from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.output import cell, duration, money
from crossdock.cli.progress import Pace, described


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T08:00:00+01:00", datetime(2026, 1, 31, 7, tzinfo=UTC)),
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        (" 2026-01-31 08:00 ", datetime(2026, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert values.moment(text) == moment
    assert values.moment(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "31.01.2026", "2026-02-30", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        values.moment(text)


def test_quantities_are_split_at_the_last_sign_because_a_sku_may_hold_one() -> None:
    assert values.quantities(["SHIRT=M=2", "cup=1"]) == {"SHIRT=M": 2, "cup": 1}


@pytest.mark.parametrize("text", ["cup", "cup=", "=2", "cup=0", "cup=-1", "cup=1.5", "cup=two", "cup=²"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        values.quantities([text])
    assert caught.value.code == Exit.USAGE
    assert text in caught.value.message


def test_a_sku_given_twice_is_refused() -> None:
    with pytest.raises(CommandError, match="twice"):
        values.quantities(["cup=1", "cup=2"])


@pytest.mark.parametrize("texts", [["orders"], ["=pull"], ["orders="], ["orders=pull", "orders=disabled"]])
def test_pairs_need_a_name_and_a_value_once(texts: list[str]) -> None:
    with pytest.raises(CommandError):
        values.pairs(texts, what="a choice", example="orders=pull")


def test_words_come_repeated_or_with_commas() -> None:
    assert values.words(["new,onHold", " sent "]) == ["new", "onHold", "sent"]
    assert values.words(None) == []


def test_a_cell_cannot_steer_the_terminal() -> None:
    assert cell("a\x1b[31mb\nc") == "a·[31mb c"
    assert cell(None) == "-"
    assert cell(True) == "yes"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1234.5000", "1,234.50 EUR"), ("7", "7.00 EUR"), ("0.1234", "0.1234 EUR"), ("1E+3", "1,000.00 EUR")],
)
def test_money_is_shown_with_what_is_stored(amount: str, shown: str) -> None:
    assert money(Decimal(amount), "EUR") == shown


def test_spans_are_said_in_the_unit_that_fits() -> None:
    assert [duration(seconds) for seconds in (None, 5, 119, 300, 8000, 400_000)] == [
        "", "5 s", "119 s", "5 min", "2 h", "4 d",
    ]  # fmt: skip


def test_progress_tells_count_rate_and_what_is_left() -> None:
    pace = Pace(100.0, 0)
    assert described("import orders", 500, 1500, pace.rate(110.0, 500), pace.left(110.0, 500, 1500)) == (
        "import orders: 500 of 1,500, 50/s, 20 s left"
    )
    assert described("pull orders", 0, None, pace.rate(100.0, 0), None) == "pull orders: 0"
