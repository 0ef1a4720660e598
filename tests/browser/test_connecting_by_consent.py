"""The whole road of a merchant in a browser: from the first visit by the store's consent page to both sides equal."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .house import House
from .merchant import all_is_ticked, answer_consent, choose_ecwid, is_asked_to_test, runs_the_day
from .person import Person


@pytest.mark.timeout(900)
def test_from_the_first_visit_to_both_sides_equal(person: Person, house: House) -> None:
    person.begin()
    choose_ecwid(person)

    tab = answer_consent(person, "Deny")
    expect(tab.get_by_role("main")).to_contain_text("You did not give Crossdock access")
    tab.close()
    person.sees("Not connected")
    tab = answer_consent(person, "Allow")
    expect(tab.get_by_role("main")).to_contain_text("is connected")
    tab.close()
    is_asked_to_test(person)

    runs_the_day(person, house)
    all_is_ticked(person)
