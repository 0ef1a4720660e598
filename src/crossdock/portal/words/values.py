"""What the values of events are, in a few words: amounts with their currency, times in the zone, lists as lists.

Values are told by the name of their field, and what has parts by what its parts are. Whatever nobody has words for
is told part by part, never as a document for programs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.utils import timezone

from crossdock.portal.filter_rows import in_words
from crossdock.portal.words.choices import chosen
from crossdock.portal.words.fields import field_name, is_named, options
from crossdock.portal.words.flows import noun
from crossdock.portal.words.locale import MINUS, amount_text, date_and_time, number_text
from crossdock.portal.words.statuses import ORDER, REQUEST, spaced, spaced_code
from crossdock.routing.rules.actions import describe_actions

NOTHING = "nothing"
EMPTY = {
    "filters": "every order", "regions": "everywhere", "kinds": "every kind", "feedFrom": "all that may feed it",
}  # fmt: skip
"""Choices that mean everything where nothing is chosen."""
MONEY = frozenset({
    "totalPrice", "subTotalPrice", "orderDiscount", "orderTax", "shippingPrice", "itemPrice", "itemDiscount",
    "itemTax", "amount", "cost", "price", "compareToPrice", "costPrice",
})  # fmt: skip
"""Fields that are amounts."""
INTEGRATIONS = frozenset({
    "integration", "integrationId", "fulfillmentIntegration", "fulfillmentIntegrationId",
    "excludeFromTotalsByIntegration",
})  # fmt: skip
"""Fields that name integrations by their keys."""
LOCATIONS = frozenset({"feedFrom", "locationId"})
"""Fields that name locations by their keys."""
FLOWS = frozenset({"flow", "flows"})
CODES = frozenset({"paymentStatus", "fulfillmentStatus", "kinds", "priceModifierType", "code"})
"""Fields that are codes of ours or of an outside system: said as words."""
SWITCHES = frozenset({"disableAllCustomerNotifications", "enabled", "isShippingRequired", "unlimited", "tax"})
"""Fields that stores are told with a text for yes or no."""
COUNTED = frozenset({"bundleItems", "byLocation"})
"""Fields that say how many of what, by its name."""
RULES: dict[str, Callable[[Sequence[Mapping[str, object]]], str]] = {
    "filters": lambda filters: in_words(filters, "all"), "actions": describe_actions,
}  # fmt: skip
"""Parts of rules and cards, which have sentences of their own."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_REACHED = frozenset({
    "firstName", "lastName", "company", "address1", "address2", "city", "zipCodeOrPostalCode", "stateOrProvince",
    "country", "email", "phone", "extCustomerId", "type",
})  # fmt: skip
"""The parts of addresses and customers."""


class Names(Protocol):
    """The names of what values name by keys."""

    def integration(self, key: str) -> str:
        """Return the name of an integration; its key if there is none."""

    def location(self, key: str) -> str:
        """Return the name of a location; its key if there is none."""


@dataclass(frozen=True)
class Teller:
    """Tells the values of one kind of record, to whoever reads now. `currency` is that of amounts that name none."""

    entity: str = ""
    currency: str = ""
    names: Names | None = None

    def tell(self, name: str, value: object) -> str:
        """Return the value of a field, whose name may be that of a part, like ``shippingAddress.city``."""
        name = name.rpartition(".")[2]
        if value is None or value in ("", [], {}):
            return EMPTY.get(name, NOTHING)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Mapping):
            return self._parts(name, value)
        if isinstance(value, list | tuple):
            return self._list(name, value)
        return self._one(name, value)

    # -- one value -------------------------------------------------------------------------------------------

    def _one(self, name: str, value: object) -> str:
        text = str(value)
        if name in MONEY:
            return self._money(value, self.currency) or text
        if isinstance(value, str):
            return self._text(name, value)
        if name == "guardShare" and isinstance(value, float):
            return f"{value * 100:g} %"
        return number_text(value).replace("-", MINUS) if isinstance(value, int) else text

    def _text(self, name: str, text: str) -> str:
        said = chosen(name, text, self.entity)
        if said is not None:
            return said
        if _TIME.fullmatch(text):
            return _moment(text)
        if name in SWITCHES and text in ("true", "false"):
            return "yes" if text == "true" else "no"
        if text[:1] in "[{":
            return self._document(name, text)
        if self.names is not None and name in INTEGRATIONS:
            return self.names.integration(text)
        if self.names is not None and name in LOCATIONS:
            return self.names.location(text)
        return self._code(name, text)

    def _code(self, name: str, text: str) -> str:
        """A text that may be a code of ours, or of an outside system; what people wrote stays as it is."""
        if name in FLOWS or (name == "entity" and self.entity == "integrations"):
            return " ".join(noun(word) for word in text.split())
        if name == "target":
            return field_name(text)
        if name in CODES:
            return spaced_code(text)
        if self.entity == "integrations" and name in options():
            return options()[name].named(text)
        known = ORDER.get(text) or REQUEST.get(text) if name in ("", "status") else None
        return known.label if known else text

    def _document(self, name: str, text: str) -> str:
        """A text that is a document for programs: what a store was told of a product, for one."""
        try:
            value = json.loads(text, parse_float=Decimal)
        except ValueError:
            return text
        return self.tell(name, value) if isinstance(value, list | dict) else text

    def _money(self, value: object, currency: str) -> str:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return ""
        if not amount.is_finite():
            return ""
        return f"{MINUS if amount < 0 else ''}{amount_text(amount, currency)} {currency}".strip()

    # -- several ---------------------------------------------------------------------------------------------

    def _list(self, name: str, values: Sequence[object]) -> str:
        if name in RULES:
            try:
                return RULES[name](list(_records(values)))
            except KeyError:
                pass  # kept by a version that had other parts: told part by part
        told = [self.tell(name, value) for value in values]
        short = all(
            _is_line(value) or _is_named_text(value) or _is_place(value) or not _has_parts(value)
            for value in values
        )
        return (", " if short else "; ").join(told)

    def _parts(self, name: str, value: Mapping[str, object]) -> str:
        for form in (_named_text, _trial, self._price, self._charge, self._line, _choice, _place):
            said = form(value)
            if said:
                return said
        if value.keys() <= _REACHED:
            return _address(value)
        if name == "translations":
            return ", ".join(f"{old} → {new}" for old, new in value.items())
        counts = all(_is_count(number) for number in value.values())
        if counts and (name in COUNTED or not any(is_named(part) for part in value)):
            return ", ".join(f"{number} x {part}" for part, number in value.items())
        return ", ".join(
            f"{field_name(str(part))}: {self.tell(str(part), one)}" for part, one in value.items()
        )

    def _price(self, value: Mapping[str, object]) -> str:
        """A price of a product, with the quantity from which it holds."""
        tier = value.keys() == {"quantity", "price"}
        if not tier and value.keys() - {"fromQuantity"} != {"name", "value", "currency"}:
            return ""
        amount, currency = value.get("value", value.get("price")), str(value.get("currency") or self.currency)
        least = value.get("fromQuantity", value.get("quantity"))
        label = "" if value.get("name") in (None, "base") else f"{spaced(str(value['name']))} "
        return f"{label}{self._money(amount, currency)}" + (f" from {least}" if least else "")

    def _charge(self, value: Mapping[str, object]) -> str:
        """An amount of an order with what it is: a discount, a payment, a refund."""
        if "amount" not in value:
            return ""
        amount = self._money(value["amount"], str(value.get("currency") or self.currency))
        label = str(value.get("name") or value.get("method") or "")
        others = [
            spaced_code(str(value["status"])) if value.get("status") else "",
            str(value.get("code") or ""), str(value.get("reason") or ""),
            _moment(str(value["at"])) if value.get("at") else "",
        ]  # fmt: skip
        more = ", ".join(one for one in others if one)
        return " ".join(part for part in (label, amount, f"({more})" if more else "") if part)

    def _line(self, value: Mapping[str, object]) -> str:
        """A line of an order, a request or a parcel: how many of what."""
        if "quantity" not in value or "sku" not in value:
            return ""
        label = str(value.get("sku") or value.get("name") or "without a SKU")
        said = f"{value['quantity']} x {label}"
        if value.get("options"):
            said += f" ({self.tell('options', value['options'])})"
        if value.get("itemPrice") is not None:
            said += f" at {self.tell('itemPrice', value['itemPrice'])}"
        for part, words in (("itemDiscount", "less"), ("itemTax", "tax"), ("extra", "too many:")):
            if value.get(part):
                said += f", {words} {self.tell(part, value[part])}"
        return said + (", not to be shipped" if value.get("requiresShipping") is False else "")


def _named_text(value: Mapping[str, object]) -> str:
    """A text with its own name, like a custom field or the chosen option of a variant."""
    if not _is_named_text(value):
        return ""
    name = value.get("name") or value.get("alias")
    return f"{name}: {value['value']}"


def _trial(value: Mapping[str, object]) -> str:
    """A place that routing tried, and why it was taken or not."""
    if "why" not in value:
        return ""
    where = ", ".join(str(value[part]) for part in ("card", "location") if value.get(part))
    return f"{where}: {value['why']}"


def _choice(value: Mapping[str, object]) -> str:
    """An option that buyers choose from, or one of its choices."""
    choices = value.get("choices")
    if isinstance(choices, list):
        texts = [str(one.get("text", "")) if isinstance(one, Mapping) else str(one) for one in choices]
        return f"{value.get('name', '')}: {', '.join(texts)}"
    return str(value["text"]) if "text" in value and "priceModifier" in value else ""


def _place(value: Mapping[str, object]) -> str:
    """A location that a card names."""
    return str(value["name"]) if _is_place(value) else ""


def _address(value: Mapping[str, object]) -> str:
    """An address on one line, with whom it reaches."""
    person = " ".join(str(value[part]) for part in ("firstName", "lastName") if value.get(part))
    town = " ".join(str(value[part]) for part in ("zipCodeOrPostalCode", "city") if value.get(part))
    before = [value.get(part) for part in ("company", "address1", "address2")]
    after = [value.get(part) for part in ("stateOrProvince", "country", "email", "phone", "type")]
    number = value.get("extCustomerId")
    number = f"customer {number} in the store" if number else ""
    return ", ".join(str(part) for part in (person, *before, town, *after, number) if part) or NOTHING


def _moment(text: str) -> str:
    try:
        return date_and_time(timezone.localtime(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        return text


def _records(values: Sequence[object]) -> Iterator[Mapping[str, object]]:
    return (value for value in values if isinstance(value, Mapping))


def _has_parts(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_line(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() <= {"sku", "quantity", "extra"}


def _is_place(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"locationId", "name"}


def _is_named_text(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() in ({"name", "value"}, {"alias", "value"})
