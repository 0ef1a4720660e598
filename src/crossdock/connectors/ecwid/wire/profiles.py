"""The store profile, as far as it is read (profile.md §2, locations.md §5)."""

from __future__ import annotations

from crossdock.connectors.ecwid.wire.base import Id, Wire


class PostalAddress(Wire):
    """The company's or the ship-from address."""

    company_name: str = ""
    email: str = ""
    street: str = ""
    city: str = ""
    country_code: str = ""
    postal_code: str = ""
    state_or_province_code: str = ""
    phone: str = ""


class GeneralInfo(Wire):
    """Which store this is."""

    store_id: Id = None
    store_url: str = ""


class FormatsAndUnits(Wire):
    """Currency and units."""

    currency: str = ""
    currency_precision: int | None = None
    weight_unit: str = ""
    dimensions_unit: str = ""
    timezone: str = ""


class Languages(Wire):
    """The store's languages."""

    enabled_languages: list[str] = []
    default_language: str = ""


class Plan(Wire):
    """What the plan allows, and whether the store is suspended."""

    suspended: bool = False
    available_features: list[str] = []


class Settings(Wire):
    """Name and state of the shop."""

    store_name: str = ""
    closed: bool = False


class Toggle(Wire):
    """A feature that may be switched on."""

    name: str = ""
    enabled: bool = False


class ShippingMethod(Wire):
    """A way goods reach buyers; one l in `fulfilmentType` here, two are read as well."""

    id: Id = None
    title: str = ""
    enabled: bool = True
    fulfilment_type: str = ""
    fulfillment_type: str = ""
    location_id: Id = None
    pickup_instruction: str = ""
    business_hours: str = ""


class Shipping(Wire):
    """Where goods leave from, and how."""

    shipping_origin: PostalAddress | None = None
    shipping_options: list[ShippingMethod] = []


class ProfileDocument(Wire):
    """The store profile."""

    general_info: GeneralInfo | None = None
    account: Plan | None = None
    settings: Settings | None = None
    company: PostalAddress | None = None
    formats_and_units: FormatsAndUnits | None = None
    languages: Languages | None = None
    shipping: Shipping | None = None
    feature_toggles: list[Toggle] = []
