"""Public keys in addresses."""

from __future__ import annotations

from django.urls import register_converter

from crossdock.hub.models import pk_of, public_key


class KeyConverter:
    """Reads the 16 hex characters of a record's public key as its row number."""

    regex = "[0-9a-f]{16}"

    def to_python(self, value: str) -> int:
        """Return the row number. Raises `ValueError` (no such page) beyond what a row number can be."""
        number = pk_of(value)
        if number >= 1 << 63:
            raise ValueError("beyond any row number")
        return number

    def to_url(self, value: int | str) -> str:
        """Return the public key of a row number; a key is taken as it is."""
        return value if isinstance(value, str) else public_key(value)


def register() -> None:
    """Make `<key:…>` known to Django's addresses."""
    register_converter(KeyConverter, "key")
