"""Currencies: known, or refused; never assumed."""

from __future__ import annotations

from crossdock.connectors.contract import Account
from crossdock.connectors.errors import Unreadable

WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905 - reads better
)
WITH_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
"""ISO 4217's exceptions from two decimals, for profiles that do not say their precision."""


def is_currency(code: str) -> bool:
    """Whether `code` has the form of an ISO 4217 code."""
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def usual_precision(currency: str) -> int:
    """Return the decimals ISO 4217 gives a currency."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def known_currency(account: Account, remote_id: str) -> None:
    """Raise `Unreadable` with code ``currencyUnknown`` where the account's currency is not known."""
    if not is_currency(account.currency):
        raise Unreadable(
            "the store's currency is unknown; set it in Ecwid's regional settings, then connect again",
            code="currencyUnknown",
            field="formatsAndUnits.currency",
            remote_id=remote_id,
        )
