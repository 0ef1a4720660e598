"""What a merchant does in the portal, step by step, each step with what it must show."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

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
