"""New passwords: whether they may be taken, and the links to set one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from crossdock.hub.members import may_look_after


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


class ResetTokens(PasswordResetTokenGenerator):
    """What makes a link good once, for a day, and while whoever made it may still renew the person's way in.

    A link that an administrator hands over carries who made it. What that administrator may do is looked up when the
    link is opened: somebody who joins another organization meanwhile is no longer theirs alone to let in.
    """

    key_salt = "crossdock.portal.reset"

    def made_by(self, maker: User, user: User) -> str:
        """Return a token for a link that `maker` hands over."""
        return f"{maker.pk}{_MAKER_ENDS}{_HandedOver(maker.pk).make_token(user)}"

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Return whether a token is good for this person, now."""
        made_by, handed_over, rest = (token or "").partition(_MAKER_ENDS)
        if not handed_over:
            return super().check_token(user, token)
        if user is None or not made_by.isdecimal():
            return False
        maker = User.objects.filter(pk=made_by[:18]).first()
        if maker is None or not _HandedOver(maker.pk).check_token(user, rest):
            return False
        return may_look_after(maker, user)


class _HandedOver(PasswordResetTokenGenerator):
    """Tokens of links that one administrator makes; nobody else's are among them."""

    def __init__(self, maker: int) -> None:
        super().__init__()
        self.key_salt = f"{ResetTokens.key_salt}.{maker}"


_MAKER_ENDS = "."
reset_tokens = ResetTokens()


def reset_link(user: User, *, maker: User | None = None) -> str:
    """Return the address where this person sets a new password, once, within a day.

    It is the person's own, for their mailbox; with `maker` it is one that an administrator hands over.
    """
    token = reset_tokens.make_token(user) if maker is None else reset_tokens.made_by(maker, user)
    path = reverse(
        "portal:password-new", kwargs={"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": token}
    )
    return f"{settings.CROSSDOCK.public_url}{path}"
