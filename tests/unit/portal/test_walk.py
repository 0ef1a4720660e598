"""Every address, walked as nobody, as every role, and as a member of another organization."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from addresses import OPEN, address, keyed, patterns
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.urls.resolvers import URLPattern

from crossdock.hub.models import Membership
from crossdock.portal.roles import Ability, may
from crossdock.portal.views.account.urls import ALLAUTH

GUARDED = [pattern for pattern in patterns() if pattern.name not in OPEN]


def name_of(pattern: URLPattern) -> str:
    """What a test about this address is called."""
    return str(pattern.name)


def asked(client: Client, where: str) -> list[tuple[str, int]]:
    """The status of each method that the address takes."""
    answers = [("GET", client.get(where).status_code), ("POST", client.post(where).status_code)]
    return [(method, status) for method, status in answers if status != 405]


@pytest.fixture
def members(shop: Any, sample: ModuleType) -> dict[str, Client]:
    """A logged-in client of each role."""
    clients = {}
    for role in Membership.Role:
        clients[role.value] = client = Client()
        client.force_login(sample.member(shop.organization, f"{role}@kaffewerk.test", role.value))
    return clients


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


@pytest.mark.parametrize("pattern", GUARDED, ids=name_of)
def test_nobody_is_sent_to_the_login(pattern: URLPattern, shop: Any) -> None:
    where = address(pattern, shop)
    for answer in (Client().get(where), Client().post(where)):
        assert answer.status_code == 302, where
        assert answer.headers["Location"].startswith("/login?next="), where


@pytest.mark.parametrize("pattern", GUARDED, ids=name_of)
def test_each_role_may_what_the_page_says(
    pattern: URLPattern, shop: Any, members: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address(pattern, shop)
    for role, client in members.items():
        client.raise_request_exception = True
        answers = asked(client, where)
        if may(role, pattern.callback.needs):  # type: ignore[attr-defined]  # checked above
            assert answers, f"{where} takes neither GET nor POST"
            assert not [one for one in answers if one[1] in (401, 403) or one[1] >= 500], (role, answers)
        else:
            assert [status for _, status in answers] == [403, 403], (role, answers)


@pytest.mark.parametrize("pattern", [one for one in GUARDED if keyed(one)], ids=name_of)
def test_records_of_another_organization_do_not_exist(
    pattern: URLPattern, shop: Any, other_shop: Any
) -> None:
    client = Client()
    client.force_login(shop.user)
    answers = asked(client, address(pattern, other_shop))
    assert answers
    assert {status for _, status in answers} == {404}, answers
