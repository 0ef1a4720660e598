"""Forms made from a manifest: the credentials of an account, and the options of an integration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from crossdock.connectors.contract import CredentialField, Manifest, OptionField
from crossdock.portal.forms import PortalForm

OPTION = "option_"
LARGEST = 20_000
"""Characters; the longest credential is the text of a key file."""


class SecretText(forms.Textarea):
    """Several lines that are never shown again, whatever was typed; `unsent.js` does not keep them either."""

    def format_value(self, value: Any) -> str:  # noqa: ARG002 - Django's own signature
        """Return nothing to show."""
        return ""


class CredentialsForm(PortalForm):
    """The credentials that `manifest` asks for, and its options where `with_options`.

    `known` are stored credentials that need not be typed again: those that are no secret are shown.
    """

    def __init__(
        self,
        manifest: Manifest,
        known: Mapping[str, str],
        settings: Mapping[str, object],
        *args: Any,  # Django's own signature
        with_options: bool,
        **kwargs: Any,
    ) -> None:
        self.manifest, self.settings = manifest, settings
        self.options = manifest.options if with_options else ()
        super().__init__(*args, **kwargs)
        for credential in manifest.credentials:
            self._add(credential.name, _credential(credential, known))
        for option in self.options:
            self._add(f"{OPTION}{option.name}", _option(option, settings.get(option.name, option.default)))

    def _add(self, name: str, field: forms.Field) -> None:
        field.widget.attrs.setdefault("class", _style(field.widget))
        self.fields[name] = field

    def credential_fields(self) -> list[forms.BoundField]:
        """Return the fields of the credentials."""
        return [self[credential.name] for credential in self.manifest.credentials]

    def option_fields(self) -> list[forms.BoundField]:
        """Return the fields of the options."""
        return [self[f"{OPTION}{option.name}"] for option in self.options]

    def wrong_options(self) -> bool:
        """Return whether an option is refused, so that it must be in sight."""
        return any(name.startswith(OPTION) for name in self.errors) if self.is_bound else False

    def look_at_errors(self) -> None:
        """Have the browser go to the first field that is refused."""
        first = next((name for name in self.fields if name in self.errors), None)
        if first is not None:
            self.fields[first].widget.attrs["autofocus"] = True

    def credentials(self) -> dict[str, str]:
        """Return what was typed of the credentials."""
        typed = {one.name: str(self.cleaned_data.get(one.name) or "") for one in self.manifest.credentials}
        return {name: value for name, value in typed.items() if value}

    def changed_settings(self) -> dict[str, object]:
        """Return the options that are to be something else than they are."""
        wanted = {
            option.name: _value(option, self.cleaned_data.get(f"{OPTION}{option.name}"))
            for option in self.options
        }
        defaults = {option.name: _plain(option.default) for option in self.options}
        return {
            name: value
            for name, value in wanted.items()
            if value != _plain(self.settings.get(name, defaults[name]))
        }


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-check-input" if isinstance(widget, forms.CheckboxInput) else "form-control"


def _credential(credential: CredentialField, known: Mapping[str, str]) -> forms.Field:
    kept = credential.name in known
    hint = credential.hint
    if credential.secret and kept:
        hint = f"{hint} Leave it empty to keep the one that is stored.".strip()
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    widget: forms.Widget
    if credential.secret and credential.several_lines:
        widget = SecretText(attrs={**attrs, "rows": "4", "data-secret": True})
    elif credential.secret:
        widget = forms.PasswordInput(attrs={**attrs, "autocomplete": "new-password"})
    elif credential.several_lines:
        widget = forms.Textarea(attrs={**attrs, "rows": "4"})
    else:
        widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=credential.label,
        help_text=hint,
        required=not credential.optional and not (credential.secret and kept),
        initial="" if credential.secret else known.get(credential.name, ""),
        max_length=LARGEST,
        strip=not credential.secret,
        widget=widget,
        error_messages={"required": f"{credential.label} is missing."},
    )


def _option(option: OptionField, value: object) -> forms.Field:
    about: dict[str, Any] = {"label": option.label, "help_text": option.help, "required": False}
    if option.kind == "boolean":
        return forms.BooleanField(initial=bool(value), **about)
    if option.kind == "integer":
        return forms.IntegerField(initial=value, min_value=0, **about)
    if option.kind == "choice":
        choices = [(one, option.named(one) or "(none)") for one in option.choices]
        return forms.ChoiceField(choices=choices, initial=value, **about)
    shown = ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else value
    return forms.CharField(initial=shown, max_length=2_000, **about)


def _value(option: OptionField, typed: object) -> object:
    """Return an option as it is kept; a number that was emptied is its default again."""
    if option.kind == "list":
        return [part.strip() for part in str(typed or "").split(",") if part.strip()]
    if typed is None:
        return _plain(option.default)
    return typed


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
