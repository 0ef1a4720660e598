"""New passwords: whether they may be taken, and the links to set one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode


def password_faults(values: Mapping[str, Any], user: User) -> list[tuple[str, str | forms.ValidationError]]:
    """Return what stands against a new password (fields ``password`` and ``again``), by field."""
    password, again = values.get("password"), values.get("again")
    if not password:
        return []
    if again and password != again:
        return [("again", "The two passwords differ.")]
    try:
        password_validation.validate_password(password, user)
    except forms.ValidationError as error:
        return [("password", error)]
    return []


def reset_link(user: User) -> str:
    """Return the address where this person sets a new password, once, within a day."""
    path = reverse(
        "portal:password-new",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )
    return f"{settings.CROSSDOCK.public_url}{path}"
