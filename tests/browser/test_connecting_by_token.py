"""The same road with the secret token of a custom app, for whom the consent page is not a way."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .house import House
from .merchant import all_is_ticked, choose_ecwid, is_asked_to_test, runs_the_day
from .person import Person


@pytest.mark.timeout(900)
def test_with_a_custom_apps_token(person: Person, house: House) -> None:
    person.begin()
    choose_ecwid(person)

    person.fill("Store ID", str(house.store.store_id))
    person.fill("Secret token", "secret_of_another_store_0123456789ab")
    with person.watch.expecting(400):
        person.press("Connect with the token")
        expect(
            person.page.locator("#credentials .errorlist, #credentials [role=alert]").first
        ).to_be_visible()
    person.fill("Secret token", house.token)
    person.press("Connect with the token")
    is_asked_to_test(person)

    runs_the_day(person, house)
    all_is_ticked(person)
