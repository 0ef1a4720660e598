"""The store profile to the account that every other translation needs."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.connectors.contract import Account
from crossdock.connectors.ecwid.translate.currency import is_currency, usual_precision
from crossdock.connectors.ecwid.wire import ProfileDocument, read_profile, text_id
from crossdock.connectors.errors import Unreadable

ADMIN = "https://my.ecwid.com/store/"
"""Where a store's admin pages live; the part after the hash names the page."""

PRECISIONS = range(7)


def account(profile: bytes, granted: Sequence[str]) -> Account:
    """Translate the store profile; `granted` are the token's scopes.

    A currency that is missing or malformed is left empty with a note: orders and prices are then
    refused with ``currencyUnknown`` rather than read in an assumed one. Raises `Unreadable` where the
    profile does not say which store it is.
    """
    document, _ = read_profile(profile)
    general = document.general_info
    store_id = text_id(general.store_id) if general else ""
    if not store_id:
        raise Unreadable(
            "the profile does not say generalInfo.storeId; check the store's address and the token's scope "
            "read_store_profile",
            field="generalInfo.storeId",
        )
    notes: list[str] = []
    currency, precision = _currency(document, notes)
    units = document.formats_and_units
    return Account(
        account_id=store_id,
        name=_name(document) or f"Store {store_id}",
        currency=currency,
        currency_precision=precision,
        weight_unit=units.weight_unit.strip().upper() if units else "",
        dimensions_unit=units.dimensions_unit.strip().upper() if units else "",
        timezone=(units.timezone if units else "") or "UTC",
        url=general.store_url if general else "",
        admin_url=f"{ADMIN}{store_id}",
        language=_language(document),
        scopes=tuple(granted),
        features=_features(document),
        notes=(*notes, *_state(document)),
    )


def _currency(document: ProfileDocument, notes: list[str]) -> tuple[str, int]:
    units = document.formats_and_units
    currency = units.currency.strip().upper() if units else ""
    if not is_currency(currency):
        notes.append(
            f"The profile names no currency (found {currency!r}): orders and prices wait until it does."
            if currency
            else "The profile names no currency: orders and prices wait until it does."
        )
        return "", 2
    precision = units.currency_precision if units else None
    if precision is not None and precision in PRECISIONS:
        return currency, precision
    usual = usual_precision(currency)
    notes.append(f"The profile does not say the decimals of {currency}; {usual} are used, as ISO 4217 says.")
    return currency, usual


def _name(document: ProfileDocument) -> str:
    if document.settings and document.settings.store_name:
        return document.settings.store_name
    return document.company.company_name if document.company else ""


def _language(document: ProfileDocument) -> str:
    languages = document.languages
    if languages is None:
        return ""
    return languages.default_language or (
        languages.enabled_languages[0] if languages.enabled_languages else ""
    )


def _features(document: ProfileDocument) -> tuple[str, ...]:
    """Return what the plan allows and which toggles are on; allowed is not used (locations.md §1)."""
    allowed = document.account.available_features if document.account else []
    return tuple(dict.fromkeys([*allowed, *(one.name for one in document.feature_toggles if one.enabled)]))


def _state(document: ProfileDocument) -> list[str]:
    notes = []
    if document.account and document.account.suspended:
        notes.append("The store is suspended: calls may be refused until it is paid for.")
    if document.settings and document.settings.closed:
        notes.append("The storefront is closed to buyers.")
    return notes
