"""Settings, API keys: made, shown once, used, revoked."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from django.test import Client
from tests.unit.portal.reading import text_of

from crossdock.hub.models import ApiKey


def made(client: Client, **form: object) -> str:
    """Make a key; its secret."""
    answer = client.post("/settings/keys/new", {"name": "Our WMS", "grants": ["shipments.read"], **form})
    assert answer.status_code == 200, text_of(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r"cdk_[0-9a-f]{48}", text_of(answer))
    assert found
    return found[0]


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(browser: Client, shop: Any) -> None:
    secret = made(browser)
    page = text_of(browser.get("/settings/keys"))
    assert secret not in page
    assert secret[:12] in page
    program = Client(headers={"X-Crossdock-Key": secret})
    assert program.get("/api/v3/shipments").status_code == 200
    assert program.get("/api/v3/inventory").status_code == 403
    key = ApiKey.objects.get()
    assert key.last_used_at is not None
    assert browser.post(f"/settings/keys/{key.key}/revoke").status_code == 302
    assert program.get("/api/v3/shipments").status_code == 401
    assert "Revoked keys" in text_of(browser.get("/settings/keys"))


def test_a_key_may_see_one_integration_only(browser: Client, shop: Any, other_shop: Any) -> None:
    made(browser, integration=shop.integration.key)
    assert ApiKey.objects.get().integration == shop.integration
    form = {"name": "Other", "grants": ["shipments.read"], "integration": other_shop.integration.key}
    assert browser.post("/settings/keys/new", form).status_code == 400


def test_what_is_missing_is_said_beside_its_field(browser: Client, shop: Any) -> None:
    made(browser)
    twice = browser.post("/settings/keys/new", {"name": "Our WMS", "grants": ["shipments.read"]})
    assert twice.status_code == 400
    assert "there is a key called" in text_of(twice)
    assert browser.post("/settings/keys/new", {"name": "Second"}).status_code == 400
    assert ApiKey.objects.count() == 1


def test_developers_have_keys_but_not_the_rest_of_settings(shop: Any, sample: ModuleType) -> None:
    client = Client()
    client.force_login(sample.member(shop.organization, "dev@kaffewerk.test", "developer"))
    assert client.get("/settings").headers["Location"] == "/settings/keys"
    page = text_of(client.get("/settings/keys"))
    assert "/settings/members" not in page
    assert "/settings/audit" not in page
