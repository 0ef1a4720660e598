"""Amounts that people type: prices and weights, with a decimal point or comma."""

from __future__ import annotations

import re
from decimal import Decimal

from django import forms

from crossdock.portal.amounts import two_readings, written

_AMOUNT = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,6})?", re.ASCII)
EXAMPLE = "Write it with digits and a decimal point or comma, e.g. 12.50."


def amount_given(text: str) -> Decimal | None:
    """Return the amount that a text gives, from 0; None for an empty one. Raises `ValueError` that says what to write.

    ``1.234`` and ``1,234`` may be two amounts, a thousand or a little more than one, so they are refused.
    """
    text = text.strip()
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"“{text}” is no amount. {EXAMPLE}")
    if readings := two_readings(text):
        raise ValueError(f"“{text}” may be two amounts: write {', or '.join(readings)}.")
    return Decimal(text.replace(",", "."))


class AmountField(forms.CharField):
    """An amount from 0; None where it is left empty."""

    def __init__(self, **kwargs: object) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"max_length": 30, "widget": widget, **kwargs})  # type: ignore[arg-type]  # a field's own

    def prepare_value(self, value: object) -> object:
        """Show a stored amount as it would be typed."""
        return written(value) if isinstance(value, Decimal) else value

    def clean(self, value: object) -> Decimal | None:
        """Return the amount."""
        try:
            return amount_given(str(super().clean(value) or ""))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
