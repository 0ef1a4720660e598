"""The store profile (ecwid-api/profile.md)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ecwid_twin.access.viewer import is_public
from ecwid_twin.wire import paging, params
from ecwid_twin.wire.errors import ApiError, not_found
from ecwid_twin.wire.message import Call, Doc, Reply, answer
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store

_WRITABLE = frozenset(
    [
        "settings",
        "mailNotifications",
        "company",
        "formatsAndUnits",
        "languages",
        "zones",
        "taxSettings",
        "businessRegistrationID",
        "legalPagesSettings",
        "designSettings",
        "productFiltersSettings",
        "orderInvoiceSettings",
        "tipsSettings",
        "generalInfo",
        "account",
        "socialLinksSettings",
        "shipping",
    ]
)
_FIXED = {
    "generalInfo": ("storeId", "profileId"),
    "account": (
        "availableFeatures",
        "whiteLabel",
        "brandName",
        "supportEmail",
        "suspended",
        "limitsAndRestrictions",
    ),
    "formatsAndUnits": ("currencyPrecision",),
    "languages": ("facebookPreferredLocale",),
    "shipping": ("shippingOrigin", "shippingOptions"),
}


class Profile:
    """The profile document of a store and what other parts need from it."""

    def __init__(self, doc: Doc, store_id: int) -> None:
        self.doc = copy.deepcopy(doc)
        self.doc.setdefault("generalInfo", {})["storeId"] = store_id

    def languages(self) -> tuple[str, ...]:
        """Enabled language codes, the default one first."""
        return tuple(self.doc.get("languages", {}).get("enabledLanguages") or ("en",))

    def toggle(self, name: str) -> bool:
        """Whether a feature toggle is on."""
        return any(
            row.get("name") == name and row.get("enabled") for row in self.doc.get("featureToggles") or ()
        )

    def set_toggle(self, name: str, *, enabled: bool) -> None:
        """Switch a feature toggle, adding it when it is not listed."""
        rows = self.doc.setdefault("featureToggles", [])
        for row in rows:
            if row.get("name") == name:
                row["enabled"] = enabled
                return
        rows.append({"name": name, "visible": False, "enabled": enabled})

    def mails(self, kind: str) -> bool:
        """Whether a kind of customer mail is switched on."""
        messages = self.doc.get("mailNotifications", {}).get("customerOrderMessages", {})
        return bool(messages.get(kind, {}).get("enabled", True))

    def options(self) -> list[Doc]:
        """The shipping options, kept inside the profile."""
        rows: list[Doc] = self.doc.setdefault("shipping", {}).setdefault("shippingOptions", [])
        return rows

    def view(self, granted: frozenset[str], *, public: bool, suspended: bool) -> Doc:
        """The profile as a token sees it."""
        doc = dict(self.doc)
        if public:
            doc.pop("account", None)
            doc.pop("featureToggles", None)
            doc["shipping"] = {**doc.get("shipping", {}), "shippingOptions": _public_options(self.options())}
            return doc
        if "account" in doc:
            account = {**doc["account"], "suspended": suspended}
            if "read_store_limits" not in granted:
                account.pop("limitsAndRestrictions", None)
            doc["account"] = account
        return doc

    def change(self, values: Doc) -> None:
        """A partial update: inside each section too, since sections are sent with some of their fields."""
        for section, sent in values.items():
            if section not in _WRITABLE:
                continue
            if not isinstance(sent, dict) or not isinstance(self.doc.get(section, {}), dict):
                self.doc[section] = sent
                continue
            fixed = _FIXED.get(section, ())
            kept = {name: value for name, value in sent.items() if name not in fixed}
            self.doc[section] = {**self.doc.get(section, {}), **kept}


def _public_options(options: list[Doc]) -> list[Doc]:
    return [
        {name: value for name, value in option.items() if name != "destinationZone"}
        for option in options
        if option.get("enabled")
    ]


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    read, write = "read_store_profile", "update_store_profile"
    router.add("GET", "profile", get, read, public=True)
    router.add("PUT", "profile", update, write)
    router.add("GET", "profile/shippingOptions", shipping_options, read, public=True)
    router.add("POST", "profile/shippingOptions", add_shipping_option, write)
    router.add("PUT", "profile/shippingOptions/*", change_shipping_option, write)
    router.add("DELETE", "profile/shippingOptions/*", delete_shipping_option, write)
    router.add("GET", "profile/paymentOptions", payment_options, read)
    router.add("GET", "profile/order_statuses", statuses, read)
    router.add("GET", "profile/order_status/*", status, read)
    router.add("PUT", "profile/order_status/*", change_status, write)
    router.add("GET", "latest-stats", latest_stats, read, public=True)


def get(store: Store, call: Call, _ids: list[str]) -> Reply:
    """The profile, reduced for public tokens."""
    token = store.twin.tokens.get(call.token)
    granted = token.granted if token else frozenset()
    extended = params.flag(call.query, "showExtendedInfo")
    doc = store.profile.view(granted, public=is_public(store, call), suspended=store.settings.suspended)
    if extended and "read_store_profile_extended" in granted:
        doc["accountBilling"] = {
            "channelId": "ecwid",
            "pricingPlanName": "ECWID_BUSINESS",
            "inGracePeriod": False,
        }
    return paging.select(doc, call.query)


def update(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A partial update of the profile."""
    store.profile.change(params.body(call))
    store.profile_changed()
    return answer({"updateCount": 1})


def shipping_options(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Shipping, delivery and pickup options: a bare array."""
    options = store.profile.options()
    return paging.select(_public_options(options) if is_public(store, call) else options, call.query)


def add_shipping_option(store: Store, call: Call, _ids: list[str]) -> Reply:
    """A new shipping option."""
    values = params.body(call)
    if not values.get("title"):
        raise ApiError(400, "SHIPPING_OPTION_TITLE_REQUIRED", "Shipping option title is required")
    if len(str(values["title"])) > 100:
        raise ApiError(
            400, "SHIPPING_BAD_TITLE_LENGTH", "Shipping option title is longer than 100 characters"
        )
    identity = f"{store.random.randrange(1000, 9999)}-{int(store.now() * 1000)}"
    store.profile.options().append({**values, "id": identity, "enabled": values.get("enabled", True)})
    store.profile_changed()
    return answer({"id": identity})


def change_shipping_option(store: Store, call: Call, ids: list[str]) -> Reply:
    """Change a shipping option."""
    _option(store, ids[0]).update({name: value for name, value in params.body(call).items() if name != "id"})
    store.profile_changed()
    return answer({"updateCount": 1})


def delete_shipping_option(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove a shipping option."""
    store.profile.options().remove(_option(store, ids[0]))
    store.profile_changed()
    return answer({"deleteCount": 1})


def _option(store: Store, identity: str) -> Doc:
    for option in store.profile.options():
        if option.get("id") == identity:
            return option
    raise not_found("Shipping", identity)


def payment_options(store: Store, call: Call, _ids: list[str]) -> Reply:
    """Payment methods: a bare array."""
    return paging.select(store.profile.doc.get("payment", {}).get("paymentOptions", []), call.query)


def statuses(store: Store, call: Call, _ids: list[str]) -> Reply:
    """All twenty order statuses."""
    return paging.select({"items": store.orders.statuses.items}, call.query)


def status(store: Store, call: Call, ids: list[str]) -> Reply:
    """One order status."""
    return paging.select(store.orders.statuses.get(ids[0]), call.query)


def change_status(store: Store, call: Call, ids: list[str]) -> Reply:
    """Rename or switch a custom status."""
    store.orders.statuses.change(ids[0], params.body(call))
    store.profile_changed()
    return answer({"updateCount": 1})


def latest_stats(store: Store, call: Call, _ids: list[str]) -> Reply:
    """When what last changed; a public token sees catalogue and profile only."""
    kinds = ("products", "profile") if is_public(store, call) else store.stats.KEYS
    body = store.stats.show(kinds)
    if params.flag(call.query, "productCountRequired"):
        body["productCountRequired"] = len(store.catalogue.shelf.live)
    if params.flag(call.query, "categoryCountRequired"):
        body["categoryCountRequired"] = len(store.categories.rows)
    return paging.select(body, call.query)
