"""What a connector declares: which entities it carries, and what a person is asked and told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from crossdock.connectors.contract.mapping import FieldRule, StatusRule


class Entity(StrEnum):
    """What a flow carries."""

    LOCATIONS = "locations"
    ORDERS = "orders"
    PRODUCTS = "products"
    INVENTORY = "inventory"
    FULFILLMENTS = "fulfillments"
    SHIPMENTS = "shipments"


class Direction(StrEnum):
    """Which way a flow carries it, seen from the hub."""

    PULL = "pull"
    PUSH = "push"


class FlowOffer(Struct, frozen=True, kw_only=True):
    """One entity a connector carries; `sentences` says per direction what will happen, in one sentence.

    `details` says per direction what else is good to know. A `locked` flow is always on; `lock_reason` says why.
    """

    entity: Entity
    title: str
    directions: tuple[Direction, ...]
    sentences: Mapping[str, str]
    details: Mapping[str, str] = {}
    locked: bool = False
    lock_reason: str = ""


class CredentialField(Struct, frozen=True, kw_only=True):
    """One thing a person types to connect by hand; `several_lines` where it is not one line (a key file)."""

    name: str
    label: str
    secret: bool = False
    hint: str = ""
    optional: bool = False
    several_lines: bool = False


class GuideStep(Struct, frozen=True, kw_only=True):
    """One step of the way to credentials in the outside system, with a drawing of what is seen there.

    `picture` is the kind of drawing; `labels` are the words in it, as the outside system writes them.
    """

    title: str
    text: str
    picture: Literal["menu", "button", "checks", "secret", "number"]
    labels: tuple[str, ...] = ()


class Guide(Struct, frozen=True, kw_only=True):
    """How to come by credentials: `way` names this way of connecting, `url` is where the outside system begins it."""

    way: str
    title: str
    steps: tuple[GuideStep, ...]
    url: str = ""


class OptionField(Struct, frozen=True, kw_only=True):
    """One setting of an integration, with its default and what it does.

    `words` is what its choices are called, one for each in their order; without it they speak for themselves.
    """

    name: str
    label: str
    kind: Literal["boolean", "integer", "text", "choice", "list"]
    default: bool | int | str | tuple[str, ...]
    help: str
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def named(self, choice: str) -> str:
        """Return what a choice is called; one that has no words is its own."""
        return dict(zip(self.choices, self.words, strict=False)).get(choice, choice)


class Manifest(Struct, frozen=True, kw_only=True):
    """What a connector is and can do. Times in seconds.

    A ``store`` is where orders come from, a ``warehouse`` where they are sent to be shipped: its sessions are
    `Store`s or `Warehouse`s.
    `scopes` are the permissions that are asked for, each with what it is for; `guide` leads to credentials.
    `search_lag` is how far the system's search may trail its writes; `calls_per_minute` its limit for
    one account; `page_size` the most records one list call gives. `fields` and `statuses` say of its translation
    what people want to know.
    """

    key: str
    name: str
    summary: str
    flows: tuple[FlowOffer, ...]
    credentials: tuple[CredentialField, ...]
    role: Literal["store", "warehouse"] = "store"
    options: tuple[OptionField, ...] = ()
    oauth: bool = False
    scopes: Mapping[str, str] = {}
    guide: Guide | None = None
    webhooks: bool = False
    calls_per_minute: int = 600
    page_size: int = 100
    batch_size: int = 500
    search_lag: float = 15.0
    fields: tuple[FieldRule, ...] = ()
    statuses: tuple[StatusRule, ...] = ()


class Account(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The connected account: what translation must know of it, read from the account itself.

    `currency` is ISO 4217 with `currency_precision` decimals; `timezone` an IANA name for display. `scopes` are the
    permissions that are known to be held; `unseen_scopes` are needed, too, but whether they are held shows only when
    they are used.
    """

    account_id: str
    name: str
    currency: str
    currency_precision: int = 2
    weight_unit: str = ""
    dimensions_unit: str = ""
    timezone: str = "UTC"
    url: str = ""
    admin_url: str = ""
    language: str = ""
    scopes: tuple[str, ...] = ()
    unseen_scopes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
