"""A postal address with its contact."""

from __future__ import annotations

from msgspec import Struct


class Address(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Where somebody is reached. Every part may be missing; `country` is ISO 3166 alpha-2."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state_or_province: str = ""
    zip_code_or_postal_code: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""
