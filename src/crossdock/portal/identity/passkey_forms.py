"""The forms by which browsers send what came of a passkey."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms

from crossdock.portal.identity.passkeys import MOST, UNREADABLE, made, used

LARGEST = 20_000
"""Characters of an answer: ten times what browsers send, and little enough to read whatever it holds."""
NO_ANSWER = "The browser's answer could not be read. Try again."
WRONG = "This passkey was not accepted. Try again, or use a code."


class AnswerField(forms.JSONField):
    """What a browser answers, as JSON. It is shown to nobody again."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:  # Django's own signature
        """Read it within bounds; what is nested too deep or no JSON is named as any other that is none."""
        if isinstance(value, str) and len(value) > LARGEST:
            raise forms.ValidationError(NO_ANSWER)
        try:
            return super().to_python(value)
        except (forms.ValidationError, RecursionError, ValueError) as error:
            raise forms.ValidationError(NO_ANSWER) from error

    def bound_data(self, data: Any, initial: Any) -> Any:  # Django's own signature
        """Give nothing back to the page."""
        return None

    def prepare_value(self, value: Any) -> Any:  # Django's own signature
        """Give nothing back to the page."""
        return ""


class PasskeyForm(AuthenticateWebAuthnForm):
    """Asks for a passkey at login."""

    credential = AnswerField(error_messages={"required": NO_ANSWER})

    def clean_credential(self) -> Authenticator:
        """Find the passkey that the answer was made with."""
        try:
            return used(self.user, self.cleaned_data["credential"])
        except UNREADABLE as error:
            raise forms.ValidationError(WRONG) from error


class ConfirmingPasskeyForm(PasskeyForm):
    """Asks for a passkey before something that matters."""

    reauthenticated = True


class NewPasskeyForm(AddWebAuthnForm):
    """Takes a new passkey, and what its owner calls it."""

    name = forms.CharField(
        label="Name", required=False, max_length=60,
        help_text="To tell it from others, e.g. of the laptop that keeps it.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    credential = AnswerField(error_messages={"required": NO_ANSWER})

    def clean(self) -> dict[str, Any]:
        """Check what the browser made. allauth's own check is left out: this one is bounded."""
        values: dict[str, Any] = forms.Form.clean(self) or {}
        if self.errors:
            return values
        passkeys = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if passkeys.count() >= MOST:
            self.add_error("name", f"You have {MOST} passkeys already; remove one that is not needed.")
            return values
        try:
            values["credential"] = made(values["credential"])
        except UNREADABLE:
            self.add_error("credential", NO_ANSWER)
        return values
