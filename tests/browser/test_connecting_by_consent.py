"""The whole road of a merchant in a browser: from the first visit by the store's consent page to both sides equal."""

from __future__ import annotations

from playwright.sync_api import expect

from .merchant import answer_consent, choose_ecwid, is_asked_to_test
from .person import Person


def test_from_the_first_visit_to_both_sides_equal(person: Person) -> None:
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
