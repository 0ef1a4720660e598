"""Every page of a filled hub, in light and dark, on a desktop and on a phone: nothing is in anybody's way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .conftest import DESKTOP, PHONE, Arrive
from .house import House
from .inspection import barriers, sticks_out, use_theme


@pytest.fixture(scope="module")
def prepare() -> tuple[str, ...]:
    """Fill the hub with the sample shop; nothing works on it, so every page stays as it is."""
    return (str(Path(__file__).with_name("seed.py")),)


def test_on_a_desktop(house: House, arrive: Arrive) -> None:
    visitor = arrive(DESKTOP)
    found = light_and_dark(visitor.page, f"{house.address}/login")
    visitor.log_in()
    for path in pages(house):
        found += light_and_dark(visitor.page, f"{house.address}{path}")
    assert found == [], "\n".join(found)


def test_on_a_phone_in_the_dark(house: House, arrive: Arrive) -> None:
    visitor = arrive(PHONE, "dark")
    found = whole(visitor.page, f"{house.address}/login")
    visitor.log_in()
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
    """The same, and what of it cannot be read in the dark; the rest does not depend on colours."""
    found = whole(page, address)
    use_theme(page, "dark")
    return found + [f"{address} in the dark: {line}" for line in barriers(page, ["color-contrast"])]
