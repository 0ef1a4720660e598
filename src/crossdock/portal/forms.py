"""Forms as the portal shows them: labelled fields in the portal's look, each with its own error beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from crossdock.hub.clock import system_clock
from crossdock.portal.words.sentences import told

_CLASSES: dict[type[forms.Widget], str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.CheckboxSelectMultiple: "form-check-input",
    forms.RadioSelect: "form-check-input",
}


def style_widget(field: forms.Field) -> None:
    """Give a field's widget the class of the portal's look; a form does so for those that it declares."""
    style = next((name for kind, name in _CLASSES.items() if isinstance(field.widget, kind)), "form-control")
    field.widget.attrs.setdefault("class", style)


class PortalForm(forms.Form):
    """A form whose fields carry the classes of the portal's look. Errors are shown by ``_field.html``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style_widget(field)

    def refuse(self, field: str, message: str) -> None:
        """Show an error of the domain beside the field that it names; of no field of this form, above them all."""
        self.add_error(field if field in self.fields else None, told(message))


class PastMomentField(forms.CharField):
    """A moment that has come already, in the organization's time zone; None where it is left empty."""

    def __init__(self, **kwargs: Any) -> None:  # a field's own arguments
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
        super().__init__(**{"required": False, "max_length": 40, "widget": widget, **kwargs})

    def clean(self, value: object) -> datetime | None:
        """Return the moment that was given, aware."""
        text = str(super().clean(value) or "")
        if not text:
            return None
        try:
            given = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("This is no day and hour; write it like 2026-11-20T14:30.") from None
        moment = given if given.tzinfo else given.replace(tzinfo=timezone.get_current_timezone())
        if moment > system_clock():
            raise forms.ValidationError(
                "This has not come yet; give a moment that has passed, or leave it empty."
            )
        return moment
