"""Stock out and in as CSV: exported, shown, applied by whoever uploaded it, and bounded."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.unit.portal.reading import text_of

from crossdock.flows.jobs import APPLY_SHEET, apply_sheet_job
from crossdock.hub.clock import system_clock
from crossdock.hub.models import InventoryRecord, LedgerEntry, StockSheet
from crossdock.hub.spreadsheets import BYTE_ORDER_MARK
from crossdock.hub.stock.inventory import set_on_hand
from crossdock.hub.stock.sheets import STEP


def upload(browser: Client, text: str | bytes) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return browser.post("/inventory/import", {"file": SimpleUploadedFile("counts.csv", data)})


def test_a_file_is_shown_and_then_applied(browser: Client, shop: Any) -> None:
    answer = upload(browser, "sku;location;onHand\ntea;Warehouse Altona;5\ncup;Nowhere;5\n")
    page = text_of(browser.get(answer.headers["Location"]))
    for part in (
        "1 change</strong>",
        "Nothing has been changed yet",
        "new here",
        "Nowhere",
        "leave 1 line out",
    ):
        assert part in page
    assert not InventoryRecord.objects.filter(sku="tea").exists()
    after = browser.post(f"{answer.headers['Location']}/apply", {"reason": "stocktaking"}, follow=True)
    assert "1 of 1 changes applied" in text_of(after)
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.record.sku, entry.quantity, entry.author, entry.reason) == (
        "tea", 5, "user:ann@kaffewerk.test", "stocktaking",
    )  # fmt: skip
    again = browser.post(f"{answer.headers['Location']}/apply", follow=True)
    assert "applied already" in text_of(again)


def test_what_moved_meanwhile_is_named(browser: Client, shop: Any) -> None:
    where = upload(browser, "sku,onHand\ntea,5\n").headers["Location"]
    set_on_hand(shop.organization, "tea", 9, author="user:bert", reason="")
    page = text_of(browser.post(f"{where}/apply", follow=True))
    assert "it was unknown in the preview and is 9 now" in page
    assert InventoryRecord.objects.get(organization=shop.organization, sku="tea").on_hand == 9


def test_a_large_file_is_applied_by_a_worker_while_the_page_tells(browser: Client, shop: Any) -> None:
    text = "sku,onHand\n" + "".join(f"s{number:04d},1\n" for number in range(STEP + 1))
    where = upload(browser, text).headers["Location"]
    page = text_of(browser.post(f"{where}/apply", follow=True))
    assert "<strong>0 of 251</strong>" in page
    assert 'hx-trigger="every 2s"' in page
    assert ProcrastinateJob.objects.filter(task_name=APPLY_SHEET).count() == 1
    apply_sheet_job(sheet_id=StockSheet.objects.get().pk)
    page = text_of(browser.get(where))
    assert "251 of 251 changes applied" in page
    assert 'hx-trigger="every 2s"' not in page
    assert "page=2" in page


def test_a_preview_is_thrown_away(browser: Client, shop: Any) -> None:
    where = upload(browser, "sku,onHand\ntea,5\n").headers["Location"]
    assert "nothing was changed" in text_of(browser.post(f"{where}/discard", follow=True))
    assert browser.get(where).status_code == 404


def test_a_file_belongs_to_whoever_uploaded_it(browser: Client, shop: Any, sample: ModuleType) -> None:
    where = upload(browser, "sku,onHand\ntea,5\n").headers["Location"]
    colleague = Client()
    colleague.force_login(sample.member(shop.organization, "bert@kaffewerk.test"))
    assert colleague.get(where).status_code == 404
    assert colleague.post(f"{where}/apply").status_code == 404
    assert colleague.post(f"{where}/discard").status_code == 404


def test_an_old_preview_is_not_applied(browser: Client, shop: Any) -> None:
    where = upload(browser, "sku,onHand\ntea,5\n").headers["Location"]
    StockSheet.objects.update(expires_at=system_clock())
    assert "too old to be applied" in text_of(browser.get(where))
    assert "too old" in text_of(browser.post(f"{where}/apply", follow=True))
    assert not InventoryRecord.objects.filter(sku="tea").exists()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "workbook"),
        (b"name\nx\n", "no column sku"),
        (b"sku,qty\n\xff,1\n", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(browser: Client, data: bytes, told: str) -> None:
    answer = upload(browser, data)
    assert answer.status_code == 400
    assert told in text_of(answer)
    assert not StockSheet.objects.exists()


def test_uploads_are_bounded_by_settings_that_are_named(browser: Client, settings: Any) -> None:
    settings.CROSSDOCK_SHEET_ROWS = 1
    assert "CROSSDOCK_SHEET_ROWS" in text_of(upload(browser, "sku,qty\na,1\nb,1\n"))
    settings.CROSSDOCK_SHEET_MEGABYTES = 0
    assert "CROSSDOCK_SHEET_MEGABYTES" in text_of(upload(browser, "sku,qty\na,1\n"))


def test_the_export_is_streamed_and_is_what_the_grid_shows(browser: Client, shop: Any) -> None:
    answer = browser.get("/inventory/export?q=kettle")
    assert answer.streaming
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # as asserted
    assert lines[0].startswith(f"{BYTE_ORDER_MARK}sku,product,location,state,onHand")
    assert [line.split(",")[0] for line in lines[1:]] == ["KETTLE-17"]


def test_an_export_of_nobody_elses_stock(browser: Client, other_shop: Any) -> None:
    text = b"".join(browser.get("/inventory/export").streaming_content).decode()  # type: ignore[attr-defined]
    assert text.count("KETTLE-17") == 1


@pytest.mark.parametrize("path", ["/login", "/inventory/import"])
def test_what_is_far_too_large_is_refused_before_it_is_read(path: str, shop: Any) -> None:
    file = SimpleUploadedFile("counts.csv", b"sku,onHand\n")
    answer = Client().post(path, {"file": file}, CONTENT_LENGTH="50000000000")
    assert answer.status_code == 413
    assert "CROSSDOCK_SHEET_MEGABYTES" in text_of(answer)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
