"""What a twin is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ecwid_twin.access import scopes
from ecwid_twin.clock import Clock

CLIENT_SECRET = "twin-client-secret"  # noqa: S105  # an invented app of an invented store


@dataclass(slots=True)
class Config:
    """Start values; everything else can be changed through the control API.

    `seed` drives ids, tokens and the generated shop. `redirect_uris` are prefixes the app may be sent back
    to. `products` None means about forty when orders are generated, none otherwise. `app_scopes` are what the
    app may ask for, `token_scopes` what the ready-made custom-app token holds. Times are seconds.
    """

    store_id: int = 1003
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    orders: int = 0
    days: float = 90.0
    products: int | None = None
    samples: bool = False
    currency: str = ""
    lag: float = 1.0
    rate_limit: int = 600
    gzip: bool = True
    client_id: str = "crossdock-dev"
    client_secret: str = CLIENT_SECRET
    redirect_uris: list[str] = field(default_factory=list)
    webhook_url: str = ""
    webhook_speed: float = 1.0
    control_key: str = ""
    app_scopes: frozenset[str] = scopes.ALL
    token_scopes: tuple[str, ...] = scopes.CUSTOM_APP
    exit_with_parent: bool = False
    clock: Clock = field(default_factory=Clock)
    random: Random | None = None
