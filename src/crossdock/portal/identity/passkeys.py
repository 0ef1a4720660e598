"""Passkeys: what browsers are asked for, and reading what they send.

What a browser sends is JSON with binary parts in several formats, and whoever knows a password may send anything. It
is bounded in size before it is read, and whatever the reading trips over means that it is no answer. A kept passkey
that cannot be read any more opens nothing, and keeps nobody from using the others.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

MOST = 20
"""Passkeys that one person may have."""
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
    ValueError, UnsupportedAlgorithm, struct.error,
)  # fmt: skip
"""What reading a broken or forged answer ends in, by the libraries that read it. Their own checks are `ValueError`."""


def name_of(passkey: Authenticator) -> str:
    """Return what its owner calls a passkey."""
    data = passkey.data if isinstance(passkey.data, dict) else {}
    return str(data.get("name") or "Passkey")


def readable_of(user: User) -> list[tuple[Authenticator, AttestedCredentialData]]:
    """Return a person's passkeys that can be read, with the public key of each."""
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    found = ((one, _kept(one)) for one in rows)
    return [(one, credential) for one, credential in found if credential is not None]


def ask(user: User) -> str:
    """Begin to ask for one of a person's passkeys: the browser's options as text; empty where none is readable."""
    known = [credential for _, credential in readable_of(user)]
    if not known:
        return ""
    options, state = auth.get_server().authenticate_begin(
        credentials=known,
        user_verification=UserVerificationRequirement(app_settings.WEBAUTHN_USER_VERIFICATION),
    )
    auth.set_state(state)
    return _as_text(options)


def ask_for_new(user: User) -> str:
    """Begin to ask for a new passkey: the browser's options as text."""
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=[credential for _, credential in readable_of(user)],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement(app_settings.WEBAUTHN_USER_VERIFICATION),
        extensions=auth.EXTENSIONS,
    )
    auth.set_state(state)
    return _as_text(options)


def used(user: User, answer: Any) -> Authenticator:
    """Return the passkey that an answer was made with; each answer counts once. Raises one of `UNREADABLE`."""
    known = readable_of(user)
    credentials = [credential for _, credential in known]
    chosen = auth.get_server().authenticate_complete(_state(), credentials, answer)
    auth.clear_state()
    return next(one for one, credential in known if credential.credential_id == chosen.credential_id)


def made(answer: Any) -> dict[str, Any]:
    """Return a new passkey as it is kept: what is needed of the answer, in our own writing.

    Raises one of `UNREADABLE`, also for a key that could never be checked.
    """
    bound = auth.get_server().register_complete(_state(), answer)
    response = RegistrationResponse.from_dict(answer)
    if bound.credential_data is None:
        raise ValueError("the answer holds no key")
    try:
        bound.credential_data.public_key.verify(b"", b"")
    except InvalidSignature:
        auth.clear_state()
    identity = websafe_encode(response.raw_id)
    return {
        "id": identity,
        "rawId": identity,
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(response.response.client_data),
            "attestationObject": websafe_encode(response.response.attestation_object),
        },
        "clientExtensionResults": {},
    }


def _kept(passkey: Authenticator) -> AttestedCredentialData | None:
    try:
        kept = RegistrationResponse.from_dict(passkey.data["credential"])
        found: AttestedCredentialData | None = kept.response.attestation_object.auth_data.credential_data
    except UNREADABLE:
        return None
    return found


def _state() -> dict[str, Any]:
    state = auth.get_state()
    if state is None:
        raise ValueError("nothing was asked for")
    return dict(state)


def _as_text(options: Any) -> str:  # the libraries' own mapping
    return json.dumps(dict(options), cls=DjangoJSONEncoder)
