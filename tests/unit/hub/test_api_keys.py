"""Keys of the API: made once, shown once, ended at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.conftest import MONDAY, World

from crossdock.hub.api_keys import GRANTS, ApiKeyError, create_key, key_of, revoke_key
from crossdock.hub.models import ApiKey, Event


def test_a_key_opens_until_it_is_revoked(world: World) -> None:
    key, secret = create_key(world.organization, " WMS ", ["shipments.read"], author="anna")
    assert (key.name, key.grants) == ("WMS", ["shipments.read"])
    assert secret.startswith(key.prefix)
    assert secret not in str(ApiKey.objects.values().get()), "only a hash is kept"
    assert key_of(secret) == key
    assert key_of(secret[:-1] + ("0" if secret[-1] != "0" else "1")) is None
    assert key_of("") is None
    revoke_key(key, author="anna", now=lambda: MONDAY)
    revoke_key(key, author="bert", now=lambda: MONDAY + timedelta(days=1))
    assert key.revoked_at == MONDAY
    assert key_of(secret) is None
    events = Event.objects.filter(entity="apiKeys").order_by("pk")
    assert [(event.operation, event.author) for event in events] == [("created", "anna"), ("revoked", "anna")]


def test_its_use_is_noted_once_a_minute(world: World) -> None:
    _, secret = create_key(world.organization, "WMS", list(GRANTS), author="anna")

    def used(seconds: int) -> object:
        key_of(secret, now=lambda: MONDAY + timedelta(seconds=seconds))
        return ApiKey.objects.get().last_used_at

    assert used(0) == MONDAY
    assert used(59) == MONDAY
    assert used(60) == MONDAY + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("name", "grants", "field"),
    [
        ("", ["shipments.read"], "name"),
        ("x" * 121, ["shipments.read"], "name"),
        ("WMS", [], "grants"),
        ("WMS", ["shipments.delete"], "grants"),
    ],
)
def test_what_cannot_be_made(world: World, name: str, grants: list[str], field: str) -> None:
    with pytest.raises(ApiKeyError) as caught:
        create_key(world.organization, name, grants, author="anna")
    assert caught.value.field == field


def test_names_are_told_apart_while_they_live(world: World) -> None:
    key, _ = create_key(world.organization, "WMS", ["shipments.read"], author="anna")
    with pytest.raises(ApiKeyError, match="revoke it first"):
        create_key(world.organization, "WMS", ["shipments.read"], author="anna")
    revoke_key(key, author="anna")
    create_key(world.organization, "WMS", ["shipments.read"], author="anna")
    with pytest.raises(ApiKeyError, match="another organization"):
        create_key(
            world.organization, "X", ["shipments.read"], author="anna", integration=World("Other").integration
        )
