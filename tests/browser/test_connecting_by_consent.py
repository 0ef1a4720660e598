"""The whole road of a merchant in a browser: from the first visit by the store's consent page to both sides equal."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .person import Person


def test_from_the_first_visit(person: Person) -> None:
    person.begin()
    expect(person.page).to_have_title(re.compile("Home"))
