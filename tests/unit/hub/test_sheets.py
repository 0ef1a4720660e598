"""Files of counts: shown first, applied where nothing has moved, once."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from crossdock.hub.clock import system_clock
from crossdock.hub.models import BundleItem, InventoryRecord, LedgerEntry, Location, Product, StockSheet
from crossdock.hub.spreadsheets import BYTE_ORDER_MARK
from crossdock.hub.stock.figures import set_figure, write_off_units
from crossdock.hub.stock.inventory import check_ledger, set_on_hand, set_state
from crossdock.hub.stock.sheet_export import COLUMNS, stock_lines
from crossdock.hub.stock.sheets import STEP, Reading, apply_sheet, begin_sheet, preview_sheet

if TYPE_CHECKING:
    from tests.unit.conftest import World

USUAL = Reading()


def count(world: World, sku: str, quantity: int, location: Location | None = None) -> None:
    set_on_hand(world.organization, sku, quantity, location=location, author="anna", reason="counted")


def preview(world: World, text: str, most: int = 20_000, reading: Reading = USUAL) -> StockSheet:
    return preview_sheet(
        world.organization, "counts.csv", text.encode(), author="user:anna", now=system_clock(), most_rows=most,
        setting="X", reading=reading,
    )  # fmt: skip


def applied(sheet: StockSheet) -> StockSheet:
    assert begin_sheet(sheet, reason="stocktaking", now=system_clock())
    done = apply_sheet(sheet.pk, now=system_clock())
    assert done.state == "applied"
    assert check_ledger(sheet.organization_id) == []
    return done


def test_a_preview_changes_nothing_and_says_what_would(world: World) -> None:
    count(world, "tea", 12)
    count(world, "cup", 3)
    sheet = preview(world, "sku,onHand\ntea,15\ncup,3\nmug,4\nsaucer,\n")
    assert [(row["line"], row["sku"], row["seen"], row["value"], row["new"]) for row in sheet.rows] == [
        (2, "tea", "12", 15, False),
        (4, "mug", "unknown", 4, True),
    ]
    assert (sheet.unchanged, sheet.errors, sheet.state) == (2, [], "preview")
    assert world.record("tea").on_hand == 12
    assert not InventoryRecord.objects.filter(sku="mug").exists()


def test_applying_counts_with_author_and_reason(world: World) -> None:
    count(world, "tea", 12)
    done = applied(preview(world, "sku,onHand\ntea,15\nmug,4\n"))
    assert (done.done, done.left) == (2, [])
    assert (world.record("tea").on_hand, world.record("mug").on_hand) == (15, 4)
    entry = LedgerEntry.objects.filter(record=world.record("tea")).latest("pk")
    assert (entry.quantity, entry.event, entry.author, entry.reason) == (
        3,
        "adjust",
        "user:anna",
        "stocktaking",
    )


def test_what_has_moved_since_the_preview_is_left_alone_and_named(world: World) -> None:
    count(world, "tea", 12)
    sheet = preview(world, "sku,onHand\ntea,15\nmug,4\n")
    count(world, "tea", 11)
    done = applied(sheet)
    assert [(row["sku"], row["why"]) for row in done.left] == [
        ("tea", "it was 12 in the preview and is 11 now")
    ]
    assert (world.record("tea").on_hand, world.record("mug").on_hand) == (11, 4)


def test_a_sheet_is_applied_once_and_not_too_late(world: World) -> None:
    sheet = preview(world, "sku,onHand\ntea,15\n")
    assert not begin_sheet(sheet, reason="", now=system_clock() + timedelta(days=2))
    applied(sheet)
    assert not begin_sheet(sheet, reason="", now=system_clock())


def test_a_sheet_goes_on_where_it_stopped(world: World) -> None:
    text = "sku,onHand\n" + "".join(f"s{number},7\n" for number in range(STEP + 5))
    sheet = preview(world, text)
    begin_sheet(sheet, reason="", now=system_clock())
    StockSheet.objects.filter(pk=sheet.pk).update(done=STEP)
    done = apply_sheet(sheet.pk, now=system_clock())
    assert (done.state, done.done, done.left) == ("applied", STEP + 5, [])
    assert InventoryRecord.objects.filter(on_hand=7).count() == 5


def test_states_are_set_and_never_taken_for_numbers(world: World) -> None:
    count(world, "tea", 0)
    count(world, "cup", 0)
    set_state(world.organization, "mug", "unlimited", author="anna", reason="")
    sheet = preview(
        world, "sku,onHand,state\ntea,,unlimited\ncup,,unknown\nmug,,unlimited\njug,,tracked\npot,9,unknown\n"
    )
    assert sheet.unchanged == 2
    applied(sheet)
    states = {sku: world.record(sku).state for sku in ("tea", "cup", "mug", "pot")}
    assert states == {"tea": "unlimited", "cup": "unknown", "mug": "unlimited", "pot": "tracked"}


@pytest.mark.parametrize(
    ("line", "field", "told"),
    [
        ("tea,Nowhere,1,", "location", "no active stock location called 'Nowhere'; there is: Main"),
        ("tea,Closed,1,", "location", "no active stock location"),
        ("tea,Twin,1,", "location", "2 locations are called"),
        (",,1,", "sku", "it is empty"),
        (f"{'x' * 121},,1,", "sku", "at most 120"),
        ('tea,,"1,5",', "onHand", "not a whole number"),
        ("tea,,-1,", "onHand", "outside 0"),
        ("tea,,1,unlimited", "state", "empty one of the two"),
        ("tea,,,gone", "state", "is none of"),
        ("cup,Main,2,", "sku", "line 2 counts cup at Main already"),
    ],
)
def test_a_wrong_line_is_named_and_keeps_no_other_from_being_used(
    world: World, line: str, field: str, told: str
) -> None:
    world.location("Closed", status="inactive")
    world.location("Twin")
    world.location("twin")
    sheet = preview(world, f"sku,location,onHand,state\ncup,,1,\n{line}\nmug,{world.main.key},2,\n")
    (error,) = sheet.errors
    assert (error["line"], error["field"]) == (3, field)
    assert told in error["message"]
    assert [row["sku"] for row in sheet.rows] == ["cup", "mug"]


def test_old_previews_are_cleared_away(world: World) -> None:
    old = preview(world, "sku,onHand\ntea,15\n")
    StockSheet.objects.update(expires_at=system_clock() - timedelta(minutes=1))
    preview(world, "sku,onHand\ntea,15\n")
    assert not StockSheet.objects.filter(pk=old.pk).exists()


def rows_of(text: str) -> list[dict[str, str]]:
    """Read a file that was exported, as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))


def test_an_export_comes_back_unchanged(world: World) -> None:
    depot = world.location("=Depot")
    count(world, "tea", 12)
    count(world, "tea", 5, depot)
    count(world, "-1", 3)
    set_state(world.organization, "mug", "unlimited", author="anna", reason="")
    Product.objects.create(organization=world.organization, sku="new", name="@New")
    gift = Product.objects.create(organization=world.organization, sku="gift", name="Gift")
    BundleItem.objects.create(bundle=gift, sku="tea", quantity=2, updated_by="anna")
    text = "".join(stock_lines(world.organization))
    assert text.startswith(BYTE_ORDER_MARK), "spreadsheets know by it how names are written"
    rows = rows_of(text)
    assert tuple(rows[0]) == COLUMNS
    assert {(row["sku"], row["location"], row["state"], row["onHand"]) for row in rows} == {
        ("tea", "Main", "tracked", "12"), ("tea", "'=Depot", "tracked", "5"), ("'-1", "Main", "tracked", "3"),
        ("mug", "Main", "unlimited", ""), ("new", "", "unknown", ""),
    }  # fmt: skip
    sheet = preview(world, text)
    assert (sheet.rows, sheet.errors, sheet.unchanged) == ([], [], 5)


def test_an_export_holds_what_the_grid_was_narrowed_to(world: World) -> None:
    depot = world.location("Depot")
    count(world, "tea", 12)
    count(world, "tea", 0, depot)
    short = rows_of("".join(stock_lines(world.organization, show="short")))
    assert [(row["sku"], row["location"]) for row in short] == [("tea", "Depot")]
    here = rows_of("".join(stock_lines(world.organization, location=world.main)))
    assert [(row["sku"], row["location"]) for row in here] == [("tea", "Main")]


def test_thousands_of_lines_are_read_and_applied(world: World) -> None:
    text = "sku,onHand\n" + "".join(f"s{number:05d},{number}\n" for number in range(3_000))
    done = applied(preview(world, text))
    assert (done.done, done.left) == (3_000, [])
    assert InventoryRecord.objects.filter(state="tracked").count() == 3_000


def test_counts_of_an_earlier_time_are_brought_up_to_date_before_they_are_shown(world: World) -> None:
    for sku in ("tea", "cup", "mug"):
        count(world, sku, 10)
        write_off_units(world.organization, sku, 2, author="anna", reason="broken")
    earlier = system_clock() - timedelta(hours=1)
    zone = ZoneInfo("Asia/Kolkata")  # where no hour of a night in spring or autumn is missing or comes twice
    local = f"{earlier.astimezone(zone):%Y-%m-%d %H:%M}"
    sheet = preview(
        world, f"sku,onHand,countTime\ntea,12,{local}\ncup,10,{local}\nmug,9,\n",
        reading=Reading(zone=zone),
    )  # fmt: skip
    assert [(row["sku"], row["value"], row["comes"], bool(row["counted"])) for row in sheet.rows] == [
        ("tea", 12, 10, True), ("mug", 9, 9, False),
    ]  # fmt: skip
    assert "-2 received, moved or written off since" in sheet.rows[0]["note"]
    assert sheet.unchanged == 1, "10 cups less 2 that were written off since are the 8 that stand"
    assert applied(sheet).left == []
    assert [world.record(sku).on_hand for sku in ("tea", "cup", "mug")] == [10, 8, 9]
    counted = world.record("tea").counted_at
    assert counted is not None
    assert abs(counted - earlier) < timedelta(minutes=1)
    whole = preview(world, "sku,onHand\ntea,12\n", reading=Reading(counted=earlier - timedelta(days=1)))
    assert [(error["field"], "is older" in error["message"]) for error in whole.errors] == [
        ("countTime", True)
    ]


@pytest.mark.parametrize("moment", ["2026-01-05", "05.01.2026 14:30", "2199-01-05T10:00"])
def test_a_time_that_is_none_or_has_not_come_is_refused(world: World, moment: str) -> None:
    sheet = preview(world, f"sku,onHand,countTime\ntea,1,{moment}\n")
    assert ([error["field"] for error in sheet.errors], sheet.rows) == (["countTime"], [])


def test_other_figures_are_read_only_if_asked_for(world: World) -> None:
    count(world, "tea", 12)
    text = "sku,onHand,future,incoming,damaged\ntea,12,6,,1\ncup,,,4,\nmug,,x,,\n"
    assert preview(world, text).rows == []
    sheet = preview(world, text, reading=Reading(figures=True))
    assert [(row["sku"], row["figure"], row["seen"], row["value"]) for row in sheet.rows] == [
        ("tea", "future", "0", 6), ("tea", "damaged", "0", 1), ("cup", "incoming", "0", 4),
    ]  # fmt: skip
    assert [error["field"] for error in sheet.errors] == ["future"]
    set_figure(world.organization, "tea", "damaged", 3, author="anna", reason="")
    assert [(row["figure"], row["why"]) for row in applied(sheet).left] == [
        ("damaged", "it was 0 in the preview and is 3 now")
    ]
    tea, cup = world.record("tea"), world.record("cup")
    assert (tea.on_hand, tea.future, tea.damaged, cup.incoming, cup.state) == (12, 6, 3, 4, "unknown")
    expected = preview(world, "sku,incoming\ntea,5\n", reading=Reading(figures=True))
    assert [row["figure"] for row in expected.rows] == ["incoming"]
