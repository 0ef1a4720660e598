"""Every address, walked as nobody, as every role, and as a member of another organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from addresses import OPEN, address, keyed, patterns
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, resolve, reverse

from crossdock.hub.models import Membership
from crossdock.portal.roles import Ability, may
from crossdock.portal.views.account.urls import ALLAUTH

GUARDED = [pattern for pattern in patterns() if pattern.name not in OPEN]


def asked(client: Client, where: str) -> list[tuple[str, int]]:
    """The status of each method that the address takes."""
    answers = [("GET", client.get(where).status_code), ("POST", client.post(where).status_code)]
    return [(method, status) for method, status in answers if status != 405]


def logged_in(user: User) -> Client:
    """A browser of its own, in which somebody is logged in: an act may end a session."""
    client = Client()
    client.force_login(user)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Take back what happens within, so that every address is asked in the same shop."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_every_page_says_who_may_see_it() -> None:
    assert GUARDED
    for pattern in GUARDED:
        assert isinstance(getattr(pattern.callback, "needs", None), Ability), pattern.name
    assert {pattern.name for pattern in patterns()} > set(OPEN)


def test_allauth_opens_no_address_of_its_own() -> None:
    """Its names stand for addresses of the portal; everything else of it is not reachable."""
    ours = {str(pattern.pattern): pattern.callback for pattern in patterns()}
    for alias in ALLAUTH:
        assert str(alias.pattern) in ours, alias.name
        assert reverse(str(alias.name)) == f"/{alias.pattern}"
        found = resolve(reverse(str(alias.name)))
        assert found.namespace == "portal", alias.name
    everything = get_resolver().url_patterns
    modules = {str(getattr(one, "urlconf_name", "")) for one in everything}
    assert not [name for name in modules if name.startswith("<module 'allauth")]


def test_nobody_is_sent_to_the_login(shop: Any) -> None:
    asked_of = [(pattern, address(pattern, shop)) for pattern in GUARDED]
    answers = [
        (pattern.name, answer.status_code, answer.headers.get("Location", ""))
        for pattern, where in asked_of
        for answer in (Client().get(where), Client().post(where))
    ]
    assert not [one for one in answers if one[1] != 302 or not one[2].startswith("/login?next=")]


@pytest.mark.parametrize("role", list(Membership.Role))
def test_each_role_may_what_the_page_says(role: str, shop: Any, sample: ModuleType) -> None:
    member = sample.member(shop.organization, f"{role}@kaffewerk.test", role)
    faults = []
    for pattern in GUARDED:
        with undone():
            answers = asked(logged_in(member), address(pattern, shop))
        if may(role, pattern.callback.needs):
            wrong = not answers or any(status in (401, 403) or status >= 500 for _, status in answers)
        else:
            wrong = [status for _, status in answers] != [403, 403]
        if wrong:
            faults.append((pattern.name, answers))
    assert not faults


def test_what_no_text_can_hold_is_refused_wherever_it_is_sent(shop: Any) -> None:
    names = ("reason", "name", "entity", "reference", "as", "sku", "part", "row", "next")
    faults = []
    for pattern in GUARDED:
        with undone():
            answer = logged_in(shop.user).post(address(pattern, shop), dict.fromkeys(names, "a\x00b"))
        if answer.status_code not in (400, 405):
            faults.append((pattern.name, answer.status_code))
    assert not faults


def test_records_of_another_organization_do_not_exist(shop: Any, other_shop: Any) -> None:
    faults = []
    for pattern in GUARDED:
        if keyed(pattern):
            with undone():
                answers = asked(logged_in(shop.user), address(pattern, other_shop))
            if {status for _, status in answers} != {404}:
                faults.append((pattern.name, answers))
    assert not faults
