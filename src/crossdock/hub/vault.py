"""Secrets at rest: encrypted with a key derived from the installation's secret key, with rotation."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction


class SecretUnreadable(Exception):
    """A stored secret cannot be decrypted with any of the configured keys."""


def fernet_for(keys: Sequence[str]) -> MultiFernet:
    """Return the cipher for `keys`: the first encrypts, all decrypt."""
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"crossdock credentials v1")
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))


def _cipher() -> MultiFernet:
    return fernet_for([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def seal(secrets: Mapping[str, str]) -> bytes:
    """Return `secrets` encrypted."""
    return _cipher().encrypt(msgspec.json.encode(dict(secrets)))


def unseal(sealed: bytes | memoryview | None) -> dict[str, str]:
    """Return what was sealed; nothing for None. Raises `SecretUnreadable`."""
    if sealed is None:
        return {}
    try:
        plain = _cipher().decrypt(bytes(sealed))
    except InvalidToken as error:
        raise SecretUnreadable(
            "Stored credentials cannot be decrypted: CROSSDOCK_SECRET_KEY has changed. "
            "Put the former key behind the new one in its list, or reconnect the integration."
        ) from error
    return msgspec.json.decode(plain, type=dict[str, str])


def renew_seals() -> int:
    """Put every stored secret under the newest key; returns how many. Afterwards older keys can go.

    Raises `SecretUnreadable` for one that none of the keys opens; then nothing is changed.
    """
    from allauth.mfa.models import Authenticator

    from crossdock.hub.models import Integration, NotificationRule, Webhook

    renewed = 0
    with transaction.atomic():
        for integration in Integration.objects.select_for_update().exclude(credentials=None).order_by("pk"):
            sealed = seal(unseal(integration.credentials))
            Integration.objects.filter(pk=integration.pk).update(credentials=sealed)
            renewed += 1
        for webhook in Webhook.objects.select_for_update(no_key=True).order_by("pk"):
            Webhook.objects.filter(pk=webhook.pk).update(secret=seal(unseal(webhook.secret)))
            renewed += 1
        for rule in NotificationRule.objects.select_for_update(no_key=True).exclude(url=None).order_by("pk"):
            NotificationRule.objects.filter(pk=rule.pk).update(url=seal(unseal(rule.url)))
            renewed += 1
        for factor in Authenticator.objects.select_for_update(no_key=True).order_by("pk"):
            # An app's secret, or the seed of recovery codes.
            kept = {name: factor.data[name] for name in ("secret", "seed") if name in factor.data}
            if kept:
                fresh = {name: seal(unseal(text.encode())).decode() for name, text in kept.items()}
                Authenticator.objects.filter(pk=factor.pk).update(data=factor.data | fresh)
                renewed += 1
    return renewed
