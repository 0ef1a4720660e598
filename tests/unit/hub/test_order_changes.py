"""The page about changes after import is tried row by row; and each field of an order has its policy."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.unit.hub.order_change_stages import BOUGHT, CHANGES, STAGES, Case, Document, Edit

from crossdock.canon import Order as CanonOrder
from crossdock.canon import OrderLine as CanonLine
from crossdock.hub.models import Event, ExceptionCase, Mark, Order
from crossdock.hub.orders.policy import LINE_FIELDS, ORDER_FIELDS, differences
from crossdock.hub.shipping.sending import mark_sent
from crossdock.hub.shipping.withdrawing import cancel_request
from crossdock.hub.stock.ledger import Cause, Move, Place, settle
from ecwid_twin.config import Config
from ecwid_twin.control.control import Control
from ecwid_twin.server import running

if TYPE_CHECKING:
    from tests.unit.conftest import World

PAGE = Path(__file__).parents[3] / "docs" / "order-changes.md"
COLUMNS = ("lines", "requests", "tea", "cup", "order", "exceptions")
AS_WITHOUT = "—"
SECTION = re.compile(r"^`([a-z-]+)` · (.*?)^$", re.MULTILINE | re.DOTALL)
STOCK = re.compile(r"Ecwid's own stock: ([a-z, ]+)\.")


@dataclass(frozen=True)
class Row:
    """One row of the page: what a change does at some stages."""

    name: str
    change: str
    stages: tuple[str, ...]
    outcome: dict[str, str]


def _cells(line: str) -> list[str]:
    return [re.sub(r"\[(\w+)\]\([^)]*\)", r"\1", cell.strip()) for cell in line.strip().strip("|").split("|")]


def _table(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| `"):
            yield _cells(line)


def _page() -> tuple[dict[str, dict[str, str]], list[Row], dict[str, str]]:
    """Return the standings without a change by stage, the rows, and what Ecwid does with its stock."""
    text = PAGE.read_text(encoding="utf-8")
    standing = {
        cells[0].strip("`"): dict(zip(COLUMNS, cells[2:], strict=True))
        for cells in _table(text[: text.index("\n### ")])
    }
    rows: list[Row] = []
    stock: dict[str, str] = {}
    for section in text.split("\n### ")[1:]:
        found = SECTION.search(section)
        assert found, section
        said = STOCK.search(" ".join(found[2].split()))
        assert said, f"{found[1]} does not say what Ecwid does with its own stock"
        stock[found[1]] = said[1]
        for cells in _table(section[found.end() :]):
            stages = STAGES if cells[1] == "all" else tuple(cells[1].split(", "))
            rows.append(
                Row(cells[0].strip("`"), found[1], stages, dict(zip(COLUMNS, cells[2:], strict=True)))
            )
    return standing, rows, stock


STANDING, ROWS, STOCK_MOVES = _page()


def test_each_change_has_one_row_for_each_stage_and_each_row_its_test() -> None:
    assert set(STANDING) == set(STAGES)
    assert {row.change for row in ROWS} == set(CHANGES) == set(STOCK_MOVES)
    for change in CHANGES:
        covered = [stage for row in ROWS if row.change == change for stage in row.stages]
        assert sorted(covered) == sorted(STAGES), change
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert [row.name for row in ROWS if not row.name.startswith(f"{row.change}.")] == []


@pytest.mark.parametrize("stage", STAGES)
def test_how_the_order_stands_without_a_change(world: World, stage: str) -> None:
    case = Case(world, Edit(), stage)
    case.happen()
    assert case.outcome() == STANDING[stage]


@pytest.mark.parametrize(
    ("row", "stage"),
    [pytest.param(row, stage, id=f"{row.name}-{stage}") for row in ROWS for stage in row.stages],
)
def test_what_the_page_says_is_what_happens(world: World, row: Row, stage: str) -> None:
    expected = {
        column: STANDING[stage][column] if cell == AS_WITHOUT else cell
        for column, cell in row.outcome.items()
    }
    case = Case(world, CHANGES[row.change], stage)
    case.happen()
    assert case.outcome() == expected


# -- what Ecwid does by itself ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store() -> Iterator[Control]:
    """A stand-in store with teas and cups."""
    with running(Config(orders=0, lag=0)) as handle:
        yield handle.control


@pytest.mark.parametrize("change", CHANGES)
def test_the_stand_in_store_moves_its_stock_as_the_page_says(store: Control, change: str) -> None:
    for number, sku in ((11, "tea"), (12, "cup")):
        if sku not in store.stock():
            store.put_product({"id": number, "sku": sku, "name": sku, "price": 5, "quantity": 10})
        store.set_stock(sku, 100)
    edit = CHANGES[change]
    document: Document = store.place_order(
        {"items": [{"sku": "tea", "quantity": 5}, {"sku": "cup", "quantity": 1}]}
    )
    edit.before(document)
    document["_before"] = copy.deepcopy(document)
    moves = []
    for step in edit.steps:
        before = store.stock()["tea"]["quantity"]
        was = copy.deepcopy(document)
        step(document)
        _follow(store, was, document)
        moves.append(store.stock()["tea"]["quantity"] - before)
    words = {0: "unchanged", 5: "put back", -5: "taken again"}
    said = [words[move] for move in moves]
    assert STOCK_MOVES[change] == (", then ".join(said) if any(moves) else "unchanged")


def _follow(store: Control, was: Document, document: Document) -> None:
    """Do in the store what was done to the document."""
    if document.pop("_deleted", None):
        store.delete_order(document["id"])
    elif "_deleted" in was or not _there(store, document["id"]):
        store.put_order({key: value for key, value in document.items() if not key.startswith("_")})
    else:
        changed = {key: value for key, value in document.items() if was.get(key) != value}
        store.edit_order(document["id"], changed)


def _there(store: Control, number: str) -> bool:
    return number in [row["id"] for row in store.orders()]


# -- beyond the table ------------------------------------------------------------------------------------


def test_each_field_of_an_order_and_of_a_line_has_one_policy() -> None:
    for kind, policies in ((CanonOrder, ORDER_FIELDS), (CanonLine, LINE_FIELDS)):
        assert set(policies) == {field.encode_name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(
    ("change", "stage", "words"),
    [
        ("quantity-down", "sent", "5 of tea were asked for, 3 are wanted"),
        ("sku-swapped", "sent", "cup was asked for, the line is now tea"),
        ("line-removed", "sent", "1 of cup were asked for, 0 are wanted"),
        ("address", "sent", "the shipping address (street, city)"),
        ("e-mail", "sent", "the shipping address (e-mail)"),
        ("shipping-method", "sent", "the carrier; the shipping method"),
        ("to-pickup", "sent", "it is now to be picked up"),
        ("buyers-note", "sent", "the buyer's note"),
        ("payment-withdrawn", "sent", "it is not paid any more"),
        ("will-not-deliver", "sent", "nothing of it is to be delivered any more"),
        ("quantity-down", "shipped", "5 of tea have left, 3 are wanted"),
        ("quantity-up", "shipped", "2 of tea have not left, though the channel calls the order shipped"),
        ("line-removed", "shipped", "1 of cup have left, 0 are wanted"),
        ("sku-swapped", "shipped", "cup has left, the line is now tea"),
        ("address", "shipped", "the shipping address (street, city)"),
    ],
)
def test_the_exception_names_what_changed_and_closes_when_it_is_taken_back(
    world: World, change: str, stage: str, words: str
) -> None:
    case = Case(world, CHANGES[change], stage)
    before = {key: copy.deepcopy(value) for key, value in case.document.items()}
    case.happen()
    code = "editedAfterShipping" if stage == "shipped" else "editedAfterSending"
    found = ExceptionCase.objects.get(code=code)
    assert words in found.message
    assert "1042" in found.message
    case.document = before
    case.read()
    found.refresh_from_db()
    assert found.status == "resolved"
    assert {
        key: value for key, value in case.outcome().items() if key not in ("order", "requests", "lines")
    } == {key: value for key, value in STANDING[stage].items() if key not in ("order", "requests", "lines")}


def test_a_new_request_closes_what_was_told_about_the_old_one(world: World) -> None:
    case = Case(world, CHANGES["address"], "sent")
    case.happen()
    cancel_request(case.requests[0], True, author="anna", reason="stopped there", route_again=True)
    case.decide()
    case.route()
    assert case.requests[1].shipping_address is not None
    assert case.requests[1].shipping_address["city"] == "Wells"
    assert not ExceptionCase.objects.filter(code="editedAfterSending", status="active").exists()


def test_an_exception_that_was_set_aside_stays_so_until_it_would_say_something_else(world: World) -> None:
    case = Case(world, CHANGES["address"], "shipped")
    case.happen()
    ExceptionCase.objects.filter(code="editedAfterShipping").update(status="dismissed")
    case.document["privateAdminNotes"] = "called"
    case.read()
    assert not ExceptionCase.objects.filter(code="editedAfterShipping", status="active").exists()
    case.document["shippingPerson"]["postalCode"] = "BA5"
    case.read()
    assert ExceptionCase.objects.filter(code="editedAfterShipping", status="active").exists()


@pytest.mark.parametrize("stage", ["routed", "sent", "partly", "shipped"])
@pytest.mark.parametrize("change", ["private-notes", "prices", "customer"])
def test_what_is_only_recorded_marks_nothing_and_is_in_the_timeline(
    world: World, change: str, stage: str
) -> None:
    case = Case(world, CHANGES[change], stage)
    Mark.objects.all().delete()
    version, events = case.order.version, Event.objects.count()
    case.happen()
    assert not Mark.objects.exists()
    assert case.order.version == version + len(CHANGES[change].steps)
    news = Event.objects.order_by("pk")[events:]
    assert {event.operation for event in news} == {"updated"}


def test_a_request_that_goes_out_while_its_order_is_edited_is_not_edited(world: World) -> None:
    case = Case(world, CHANGES["address"], "routed")
    first = case.requests[0]
    before = (first.shipping_address, first.basis)
    case.happen()
    first.refresh_from_db()
    assert (first.shipping_address, first.basis) == before
    reason = Event.objects.get(entity="shippingRequests", record_id=first.pk, operation="cancel").reason
    assert reason == "the order was edited on the channel: the shipping address (street, city)"


def test_a_shipping_method_that_a_rule_chose_is_not_outdated_by_the_channels(world: World) -> None:
    case = Case(world, CHANGES["shipping-method"], "ready")
    Order.objects.update(given={"shippingCarrier": "UPS", "shippingClass": "Ground"})
    case.route()
    mark_sent(case.requests[0], author="warehouse")
    case.happen()
    assert not ExceptionCase.objects.filter(code="editedAfterSending").exists()


def test_a_request_made_before_this_was_known_is_left_alone(world: World) -> None:
    case = Case(world, CHANGES["address"], "routed")
    request = case.requests[0]
    type(request).objects.filter(pk=request.pk).update(basis={})
    case.happen()
    assert [row.status for row in case.requests] == ["readyForFulfillment"]


def test_an_address_that_is_masked_outdates_nothing() -> None:
    assert differences({"shippingAddress": {"city": "Bath"}}, {}, accept_unpaid=False) == []


def test_an_order_credited_at_adoption_comes_back_whole_when_it_was_not_shipped_after_all(
    world: World,
) -> None:
    """Its credit is no parcel: taking back what left must not take the credit for it."""
    case = Case(world, CHANGES["not-shipped-after-all"], "ready")
    place = Place(world.organization.pk, "tea", world.main.pk)
    order = Order.objects.get()
    settle(
        [order.pk], Cause("test", "adopted"),
        [Move(place, "on_hand", 5, "adjust", order_id=order.pk, entity="orders", entity_id=order.pk)],
    )  # fmt: skip
    case.happen()
    assert case.outcome()["tea"] == "15 / 5"


def test_document_and_example_agree() -> None:
    assert [(item["sku"], item["quantity"]) for item in BOUGHT["items"]] == [("tea", 5), ("cup", 1)]
