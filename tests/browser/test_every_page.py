"""Every page of a filled hub, in light and dark, on a desktop and on a phone: nothing is in anybody's way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from .chromium import DESKTOP, PHONE
from .conftest import Arrive
from .house import House
from .inspection import barriers, sticks_out, unfold, use_theme
from .seed import VISITOR

pytestmark = pytest.mark.timeout(900)
"""There are many pages, and a machine may be shared by many."""

PAINTED = """theme => {
    const canvas = document.querySelector("[data-chart='/home/orders.json'] canvas");
    if (!canvas || document.documentElement.dataset.bsTheme !== theme) { return false; }
    const hex = getComputedStyle(canvas).getPropertyValue("--cd-chart-1").trim();
    const colour = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4) { found += colour.every((part, of) => data[at + of] === part); }
    return found > 100;
}"""
"""Whether the first chart of the home page has bars in the colour that its theme gives them."""


@pytest.fixture(scope="module")
def prepare() -> tuple[str, ...]:
    """Fill the hub with the sample shop; nothing works on it, so every page stays as it is."""
    return (str(Path(__file__).with_name("seed.py")),)


def test_on_a_desktop(house: House, arrive: Arrive) -> None:
    visitor = arrive(DESKTOP)
    found = light_and_dark(visitor.page, f"{house.address}/login")
    visitor.log_in(VISITOR)
    for path in pages(house):
        found += light_and_dark(visitor.page, f"{house.address}{path}")
    assert found == [], "\n".join(found)


def test_on_a_phone_in_the_dark(house: House, arrive: Arrive) -> None:
    visitor = arrive(PHONE, "dark")
    found = whole(visitor.page, f"{house.address}/login")
    visitor.log_in(VISITOR)
    for path in pages(house):
        found += whole(visitor.page, f"{house.address}{path}")
    assert found == [], "\n".join(found)


def pages(house: House) -> list[str]:
    """The address of every page of the filled hub."""
    found: list[str] = json.loads(house.prepared)
    assert len(found) > 10
    return found


def whole(page: Page, address: str) -> list[str]:
    """Everything that is wrong with a page, a line each."""
    page.goto(address)
    return [f"{address}: {line}" for line in barriers(page) + sticks_out(page)]


def light_and_dark(page: Page, address: str) -> list[str]:
    """The same, also of what is folded, and what cannot be read in the dark."""
    found = whole(page, address)
    if folded := unfold(page):
        found += [f"{address} unfolded: {line}" for line in barriers(page, within=folded)]
    use_theme(page, "dark")
    return found + [f"{address} in the dark: {line}" for line in barriers(page, rules=["color-contrast"])]


def test_without_a_mouse(house: House, arrive: Arrive) -> None:
    visitor = arrive(DESKTOP)
    visitor.log_in(VISITOR)
    page, keys = visitor.page, visitor.page.keyboard

    visitor.go("/orders")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    keys.press("/")
    expect(page.locator("header").get_by_role("searchbox")).to_be_focused()
    order = next(path for path in pages(house) if re.fullmatch("/orders/[0-9a-f]+", path))
    visitor.go(order)
    number = page.get_by_role("heading", level=1).inner_text().split()[1]
    keys.press("/")
    keys.type(number)
    found = page.locator("#found").get_by_role("link").first
    expect(found).to_contain_text(number)
    keys.press("Tab")
    expect(found).to_be_focused()
    keys.press("Enter")
    page.wait_for_url(f"**{order}")

    menu = page.locator("summary", has_text="Actions")
    menu.focus()
    keys.press("Enter")
    act = page.locator("button.cd-act").first
    tab_to(page, act)
    keys.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_have_count(1)
    stops = dialog.locator("input:visible, select, textarea, button").count()
    for _ in range(stops - 1):
        assert page.evaluate("() => document.activeElement.closest('dialog[open]') !== null")
        keys.press("Tab")
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(menu).to_be_focused()

    visitor.go("/orders?view=all")
    sent: list[str] = []

    def note(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=204)

    page.route("**/orders/bulk", note)
    row = page.locator("input[name=row]").first
    row.check()
    row.press("Enter")
    page.locator(".cd-bulk").get_by_role("button", name="Release").click()
    reason = page.get_by_role("dialog", name=re.compile("^Release")).get_by_label("Reason")
    reason.fill("paid by phone")
    with page.expect_request("**/orders/bulk"):
        reason.press("Enter")
    # Not of another dialog of the same form, and nothing before.
    assert [parse_qs(body)["act"] for body in sent] == [["release"]]


def test_a_page_that_cannot_be_renewed_says_so(house: House, arrive: Arrive) -> None:
    visitor = arrive(DESKTOP)
    visitor.log_in(VISITOR)
    visitor.go("/runs")
    told = visitor.page.get_by_text("Crossdock does not answer. This page shows what was at")
    expect(told).to_be_hidden()
    visitor.page.context.set_offline(True)
    expect(told).to_be_visible()
    visitor.page.context.set_offline(False)
    expect(told).to_be_hidden()
    visitor.watch.wrong.clear()  # requests that fail are what this is about


def test_a_chart_draws_says_what_it_shows_and_follows_the_theme(house: House, arrive: Arrive) -> None:
    visitor = arrive(DESKTOP)
    visitor.log_in(VISITOR)
    visitor.go("/")
    page, chart = visitor.page, visitor.page.locator("[data-chart='/home/orders.json']")
    picture = chart.get_by_role(
        "img", name=re.compile(r"^\d+ orders were placed in the last \d+ days; most on")
    )
    expect(picture.locator("canvas")).to_be_visible()
    told = re.match(r"\d+", picture.get_attribute("aria-label") or "")

    chart.get_by_text("Show as a table").click()
    counts = chart.get_by_role("region").locator("td").all_inner_texts()
    assert told
    assert sum(map(int, counts)) == int(told[0]) > 0
    assert len(counts) > 20

    page.wait_for_function(PAINTED, arg="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(PAINTED, arg="dark")


def tab_to(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
