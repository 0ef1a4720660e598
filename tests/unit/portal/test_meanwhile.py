"""Two people, two tabs: what was changed meanwhile is not undone, and a page acts on its own organization."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import as_shown, text_of

from crossdock.hub.models import Location, Membership
from crossdock.hub.organizations import rename
from crossdock.hub.places.settings import change_location

SETTINGS = {"timezone": "Europe/Berlin", "overfulfillPolicy": "refuse", "twoFactor": "optional"}


def test_a_page_that_is_older_than_a_change_does_not_undo_it(browser: Client, shop: Any) -> None:
    given = as_shown(browser, "/settings", SETTINGS | {"name": "Mine"})
    rename(shop.organization, "Theirs", "Europe/Berlin", author="user:bert@kaffewerk.test")
    answer = browser.post("/settings/save", given)
    assert "bert@kaffewerk.test changed this on" in text_of(answer)
    assert "(name)" in text_of(answer)
    shop.organization.refresh_from_db()
    assert shop.organization.name == "Theirs"
    again = re.search(r'name="as_of" value="(\d+)"', text_of(answer))
    assert again, "what was typed stands there still, and may be saved by somebody who has seen the change"
    assert 'value="Mine"' in text_of(answer)
    assert browser.post("/settings/save", given | {"as_of": again[1]}).status_code == 302
    shop.organization.refresh_from_db()
    assert shop.organization.name == "Mine"


def test_a_refusal_of_something_else_keeps_what_the_page_showed(browser: Client, shop: Any) -> None:
    given = as_shown(browser, "/settings", SETTINGS | {"name": ""})
    rename(shop.organization, "Theirs", "Europe/Berlin", author="user:bert@kaffewerk.test")
    mark = re.search(r'name="as_of" value="(\d+)"', text_of(browser.post("/settings/save", given)))
    assert mark is not None
    assert mark[1] == given["as_of"]


@pytest.mark.parametrize("mark", ["", "x", "9" * 30, "-1"])
def test_a_form_without_a_mark_saves_nothing(browser: Client, shop: Any, mark: str) -> None:
    where = reverse("portal:locations-change", args=[shop.organization.locations.get(is_default=True).pk])
    answer = browser.post(where, {"as_of": mark, "name": "Elsewhere", "status": "active"}, follow=True)
    assert "Load it again" in text_of(answer)
    assert not Location.objects.filter(name="Elsewhere").exists()


def test_ones_own_other_window_counts_too(browser: Client, shop: Any) -> None:
    place = shop.organization.locations.get(is_default=True)
    page = reverse("portal:locations-one", args=[place.pk])
    given = as_shown(browser, page, {"name": "Altona", "status": "active"})
    change_location(place, {"name": "Elbe"}, author=f"user:{shop.user.username}", reason="")
    answer = browser.post(reverse("portal:locations-change", args=[place.pk]), given, follow=True)
    assert "You changed this in another window on" in text_of(answer)
    place.refresh_from_db()
    assert place.name == "Elbe"


def test_a_page_acts_on_its_own_organization_whatever_another_tab_shows(
    browser: Client, shop: Any, other_shop: Any
) -> None:
    Membership.objects.create(organization=other_shop.organization, user=shop.user, role="administrator")
    form = re.search(r'name="page_of" value="(\w+)"', text_of(browser.get("/settings")))
    assert form is not None
    given = as_shown(browser, "/settings", SETTINGS | {"name": "Kaffewerk II", "page_of": form[1]})
    browser.post("/organization", {"organization": other_shop.organization.key})
    assert "Rival" in text_of(browser.get("/settings"))
    browser.post("/settings/save", given)
    names = [
        type(one)._default_manager.get(pk=one.pk).name for one in (shop.organization, other_shop.organization)
    ]
    assert names == ["Kaffewerk II", "Rival"]
    assert "Kaffewerk II" in text_of(browser.get("/settings")), "the person is where they acted"


def test_a_page_of_an_organization_that_one_has_left_does_nothing(
    browser: Client, shop: Any, other_shop: Any
) -> None:
    given = SETTINGS | {"name": "Taken", "page_of": other_shop.organization.key}
    answer = browser.post("/settings/save", given)
    assert answer.status_code == 403
    assert "Nothing was done" in text_of(answer)
    shop.organization.refresh_from_db()
    assert shop.organization.name == "Kaffewerk Roastery"


def test_every_form_says_whose_page_it_stands_on(browser: Client, shop: Any, sample: ModuleType) -> None:
    from addresses import OPEN, address, patterns

    forms, without = 0, []
    for pattern in [one for one in patterns() if one.name not in OPEN]:
        answer = browser.get(address(pattern, shop))
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for form in re.findall(r'<form[^>]*method="post".*?</form>', text_of(answer)):
            forms += 1
            if 'name="page_of"' not in form:
                without.append((pattern.name, form[:120]))
    assert forms > 100
    assert without == []
