"""Second factors: secrets kept encrypted, and a code that counts once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from crossdock.hub.clock import system_clock
from crossdock.hub.vault import SecretUnreadable, seal, unseal

WRONG = "This code is not right. Codes of an app change every 30 seconds; check that both clocks are right."
LOST = "Your second factor cannot be read here any more. Ask an administrator to reset it."
REMEMBERED = timedelta(minutes=3)
"""How long a used code of an app is remembered: longer than it could be valid."""
SECOND = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's view of second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG}

    def encrypt(self, text: str) -> str:
        """Seal a secret as those of integrations are."""
        return seal({"secret": text}).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return unseal(encrypted_text.encode())["secret"]


def has_second_factor(user: User) -> bool:
    """Return whether logging in asks this person for more than a password."""
    return bool(Authenticator.objects.filter(user=user, type__in=SECOND).exists())


def is_last_factor(authenticator: Authenticator) -> bool:
    """Return whether logging in would ask for the password alone without this factor."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND)
    return not others.exclude(pk=authenticator.pk).exists()


def codes_left(codes: Authenticator) -> int:
    """Return how many recovery codes are unused; those that cannot be read any more open nothing."""
    try:
        return len(codes.wrap().get_unused_codes())
    except (SecretUnreadable, KeyError):
        return 0


def passkeys_work(request: HttpRequest) -> bool:
    """Return whether browsers let a page of this address use passkeys: https under a name, or ``localhost``."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    named = not host.startswith("[") and not host.rpartition(".")[2].isdecimal()
    return host == "localhost" or (request.is_secure() and named)


def is_proven(user: User) -> bool:
    """Return whether a person's address is known to be theirs.

    It is, unless they changed it themselves on a hub that sends no mail to ask.
    """
    return not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=False).exists()


def spend(authenticator: Authenticator, code: str, now: datetime) -> bool:
    """Use up a code of an app; False if it has been used before. Two at the same moment: one is served."""
    digits = "".join(character for character in code if character.isdigit())
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        kept = [
            (used, at)
            for used, at in held.data.get("spent", [])
            if datetime.fromisoformat(at) > now - REMEMBERED
        ]
        if any(used == digits for used, _ in kept):
            return False
        held.data = held.data | {"spent": [*kept, (digits, now.isoformat())]}
        held.save(update_fields=["data"])
    return True


class _Once:
    """Accepts each code of an app once, in all processes; those on paper are used up by allauth."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        dress(self.fields["code"], "Code", "From your app, or one of your recovery codes.")

    def clean_code(self) -> str:
        """Refuse a code that has been used, and any code where what it is compared with cannot be read any more."""
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # allauth's forms have it
        except (SecretUnreadable, KeyError) as error:
            raise forms.ValidationError(LOST) from error
        chosen: Authenticator = self.authenticator  # type: ignore[attr-defined]  # set by allauth's clean_code
        if chosen.type == Authenticator.Type.TOTP and not spend(chosen, code, system_clock()):
            raise forms.ValidationError("This code has been used already. Wait for the next one.")
        return code


class CodeForm(_Once, AuthenticateForm):
    """Asks for a code at login."""


class ConfirmingCodeForm(_Once, ReauthenticateForm):
    """Asks for a code before something that matters."""


class FirstCodeForm(ActivateTOTPForm):
    """Asks for the first code of an app that is being set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        dress(self.fields["code"], "Code", "The six digits that the app shows now.")


def dress(field: forms.Field, label: str, hint: str) -> None:
    """Give a field of allauth's our look and words."""
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"class": "form-control", "inputmode": "text", "spellcheck": "false"}
