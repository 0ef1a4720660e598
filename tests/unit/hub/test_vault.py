"""Secrets at rest: sealed, opened with former keys, renewed under the newest, never shown."""

from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.contrib.auth.models import User

from crossdock.hub import vault
from crossdock.hub.models import Integration, Organization


@pytest.fixture
def integration(db: None) -> Integration:
    """An integration with a sealed token."""
    return Integration.objects.create(
        organization=Organization.objects.create(name="Shop"), connector="test", name="Shop",
        credentials=vault.seal({"token": "secret_abc"}),
    )  # fmt: skip


def test_what_is_sealed_is_not_to_be_read_without_the_key(integration: Integration) -> None:
    integration.refresh_from_db()
    assert b"secret_abc" not in bytes(integration.credentials or b"")
    assert vault.unseal(integration.credentials) == {"token": "secret_abc"}


def test_a_former_key_still_opens_and_renewing_makes_it_needless(
    integration: Integration, settings: LazySettings
) -> None:
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key of enough length", [former]
    integration.refresh_from_db()
    assert vault.unseal(integration.credentials) == {"token": "secret_abc"}
    assert vault.renew_seals() == 1
    settings.SECRET_KEY_FALLBACKS = []
    integration.refresh_from_db()
    assert vault.unseal(integration.credentials) == {"token": "secret_abc"}


def test_second_factors_are_renewed_too(db: None, settings: LazySettings) -> None:
    user = User.objects.create_user("ann@shop.test")
    app = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    codes = RecoveryCodes.activate(user)
    shown = codes.generate_codes()
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key of enough length", [former]
    assert vault.renew_seals() == 2
    settings.SECRET_KEY_FALLBACKS = []
    app.refresh_from_db()
    assert vault.unseal(app.data["secret"].encode()) == {"secret": "JBSWY3DPEHPK3PXP"}
    codes.instance.refresh_from_db()
    assert codes.generate_codes() == shown


def test_a_lost_key_is_said_and_nothing_is_changed(integration: Integration, settings: LazySettings) -> None:
    integration.refresh_from_db()
    before = bytes(integration.credentials or b"")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "quite another key of enough length", []
    with pytest.raises(vault.SecretUnreadable, match="CROSSDOCK_SECRET_KEY"):
        vault.renew_seals()
    integration.refresh_from_db()
    assert bytes(integration.credentials or b"") == before
