"""What a merchant does in the portal, step by step, each step with what it must show."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playwright.sync_api import Page, expect

from crossdock.demo.store import Store

from .house import House
from .person import Person


def choose_ecwid(person: Person) -> None:
    """Integrations, Add Integration, search the catalogue, Add Ecwid, leave all flows off, Next."""
    page = person.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations").click()
    page.get_by_role("main").get_by_role("link", name="Add Integration").first.click()
    page.get_by_role("main").get_by_role("searchbox").fill("ecwid")
    expect(page.get_by_role("article", name="Flat files")).to_have_count(0)
    page.get_by_role("link", name="Add Ecwid").click()
    for entity in ("Orders", "Products", "Inventory", "Fulfillments"):
        question = page.get_by_role("group", name=entity)
        expect(question.get_by_role("radio", name=re.compile("^Disabled"))).to_be_checked()
    locations = page.get_by_role("group", name="Locations").get_by_role("radio")
    expect(locations).to_be_checked()
    expect(locations).to_be_disabled()
    person.sees("Leave these off for now")
    person.press("Next")
    expect(page.get_by_role("heading", name="Connect Ecwid")).to_be_visible()


def answer_consent(person: Person, answer: str) -> Page:
    """Press Connect, and Allow or Deny in the tab that opens; gives the tab, back on our own page."""
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name=re.compile("^(Connect|Try again)$")).last.click()
    tab = opened.value
    expect(tab.get_by_role("heading", name=re.compile("^Install"))).to_be_visible()
    tab.get_by_role("button", name=answer).click()
    tab.wait_for_url(f"{person.watch.address}/**")
    return tab


def is_asked_to_test(person: Person) -> None:
    """The page is What's next?, and its first step is done by the hub itself."""
    expect(person.page.get_by_role("heading", name="What's next?")).to_be_visible()
    person.sees("is connected")
    is_ticked(person, "located")


def is_ticked(person: Person, step: str) -> None:
    """The step of the checklist gets its tick, without the page being loaded again."""
    expect(person.page.locator(f"#step-{step}")).to_have_class(re.compile(r"\bdone\b"))


def turn_on(person: Person, entity: str, choice: str) -> None:
    """On the integration's settings: choose, see what it would do, and turn it on."""
    page = person.page
    question = page.get_by_role("group", name=entity, exact=True)
    question.get_by_role("radio", name=re.compile(f"^{choice}")).check()
    page.locator("form", has=question).get_by_role("button", name="Show what it would do").click()
    plan = page.get_by_role("region", name="What it would do")
    expect(plan.get_by_role("button", name="Turn on")).to_be_visible()
    expect(plan).to_contain_text("Nothing has been written yet")
    plan.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("radio", name=re.compile(f"^{choice}"))).to_be_checked()


def turn_on_all(person: Person) -> None:
    """Orders first and then the rest, as the checklist advises, from the link that it gives."""
    person.press("Flow settings")
    turn_on(person, "Orders", "Pull orders")
    turn_on(person, "Products", "Pull products")
    turn_on(person, "Inventory", "Push inventory")
    turn_on(person, "Fulfillments", "Push fulfillments")


def count(person: Person, sku: str, quantity: int, reason: str) -> None:
    """Enter what lies on the shelf, where the figure stands in the table."""
    page = person.page
    person.press("Inventory", within=page.get_by_role("navigation", name="Main"))
    cell = page.get_by_role("link", name=re.compile(f"^Count {re.escape(sku)} at "))
    person.until_there(cell.first)
    cell.first.click()
    form = page.get_by_role("form", name=re.compile(f"^Count {re.escape(sku)} at "))
    person.fill("On the shelf", str(quantity), within=form)
    person.fill("Reason", reason, within=form)
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".cd-cell-done")).to_contain_text(str(quantity))


def release(person: Person) -> None:
    """Let the order go on at once, although the rules would have it wait a while."""
    person.page.get_by_role("button", name="Release").first.click()
    dialog = person.page.get_by_role("dialog", name=re.compile("^Release order"))
    person.fill("Reason", "the shelf is full", within=dialog)
    dialog.get_by_role("button", name=re.compile("^Release order")).click()


def ship(person: Person, units: list[int], carrier: str, tracking: str) -> None:
    """Mark so many units of each line of the request as fulfilled, in one parcel."""
    request = person.page.locator(".cd-request").first
    person.until_there(request.get_by_role("button", name="Mark fulfilled"))
    request.get_by_role("button", name="Mark fulfilled").click()
    dialog = person.page.get_by_role("dialog", name=re.compile("^Mark .* as fulfilled"))
    parcel = dialog.get_by_role("group", name="Parcel 1")
    for place, count in enumerate(units):
        parcel.get_by_role("spinbutton").nth(place).fill(str(count))
    person.fill("Carrier", carrier, within=parcel)
    person.fill("Tracking number", tracking, within=parcel)
    dialog.get_by_role("button", name="Record as shipped").click()
    expect(person.page.locator(".cd-parcel-row").get_by_text(tracking)).to_be_visible()


def all_is_ticked(person: Person) -> None:
    """The checklist of the only integration has seen it all."""
    person.press("Integrations", within=person.page.get_by_role("navigation", name="Main"))
    person.page.get_by_role("main").get_by_role("link", name=re.compile("^Ecwid")).first.click()
    person.page.wait_for_url(re.compile("/integrations/[0-9a-f]+$"))
    person.page.goto(f"{person.page.url}/next")
    for step in ("connected", "located", "flowsOn", "orderSeen", "shipmentPushed", "counted", "stockPushed"):
        is_ticked(person, step)


def runs_the_day(person: Person, house: House) -> None:
    """From What's next?: flows on, a count, an order that arrives by itself and ships in two parcels.

    All of it must have reached the store.
    """
    page, store = person.page, house.store
    turn_on_all(person)

    stock = {sku: row["quantity"] for sku, row in store.stock().items() if row.get("quantity", 0) > 5}
    first, second = sorted(stock, key=lambda sku: (-stock[sku], sku))[:2]
    counts = {first: stock[first] + 7, second: stock[second] + 1}
    for sku, quantity in counts.items():
        count(person, sku, quantity, "counted the shelf")
    house.wait_for("The counts are in the store", lambda: _quantities(store, counts) == counts)

    person.press("Orders", within=page.get_by_role("navigation", name="Main"))
    bought = [{"sku": first, "quantity": 2}, {"sku": second, "quantity": 1}]
    number = str(store.place_order(items=bought, email="buyer@example.com")["id"])
    arrived = page.get_by_role("link", name=number, exact=True)
    expect(arrived).to_be_visible()
    arrived.click()
    release(person)
    ship(person, [1, 0], "UPS", "1Z-FIRST-PARCEL")
    ship(person, [1, 1], "DHL", "SECOND-PARCEL")
    expect(page.locator("#order-status")).to_have_text("Fulfilled")

    house.wait_for(
        "The shipment is in the store", lambda: store.order(number)["fulfillmentStatus"] == "SHIPPED"
    )
    assert store.order(number)["trackingNumber"] == "1Z-FIRST-PARCEL, SECOND-PARCEL"
    left = {first: counts[first] - 2, second: counts[second] - 1}
    house.wait_for("The stock is equal", lambda: _quantities(store, left) == left)


def _quantities(store: Store, skus: Iterable[str]) -> dict[str, int]:
    levels = store.stock()
    return {sku: levels[sku]["quantity"] for sku in skus}
