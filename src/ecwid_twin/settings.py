# ruff: noqa: N815  # attribute names are the JSON names of the control API
"""What can be changed while the twin runs, through the control API. Field names are the JSON names there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from ecwid_twin.wire.message import Doc


@dataclass(slots=True)
class Settings:
    """Behaviour of the whole twin. Times are seconds."""

    lag: float = 1.0
    """How far search results run behind writes."""
    rateLimit: int = 600
    """Calls a minute and token; 0 switches the limit off."""
    blockPenalty: float = 5.0
    """How much longer a block becomes with each call made during it."""
    badTokenLimit: int = 20
    """Calls a minute with dead tokens from one address before that address is blocked; 0 is off."""
    badTokenTotal: int = 600
    """Calls with dead tokens from one address in all before it is blocked."""
    emptyForbidden: bool = True
    """403 for a dead token has an empty body (as observed), else the documented code."""
    gzip: bool = True
    """Compress answers for clients that ask for it."""
    batchDelay: float = 0.05
    """How long a batch stays QUEUED."""
    batchCallSeconds: float = 0.0
    """How long each inner call of a batch takes."""
    batchRetrySeconds: float = 3.0
    """Pause before an inner call that failed with a 5xx is tried again."""
    webhookSpeed: float = 1.0
    """The retry schedule runs this many times faster than documented."""
    webhooksOn: bool = True
    """Off: events are recorded, nothing is sent."""
    codeLifetime: float = 300.0
    """How long an authorization code can be exchanged."""
    grantOnly: str = ""
    """Space-separated scopes: when set, an installation gets at most these."""
    createTakesStock: bool = True
    """`POST /orders` with product ids decreases stock."""
    apiAvailable: bool = True
    """Off: every call answers 402, as on the free plan."""
    suspended: bool = False
    """On: every call answers 402 STORE_IS_SUSPENDED."""
    variationsAvailable: bool = True
    """Off: variation endpoints answer 402."""
    maxProducts: int = 0
    """Product count above which creating one answers 402; 0 is no limit."""
    posLinked: bool = False
    """The store belongs to a Lightspeed POS, so `locationInventory` may be written."""
    maskCustomers: bool = False
    """A downgraded store: names and addresses are replaced by a `[DEMO]` text."""

    def change(self, values: Doc) -> None:
        """Set fields by name. Raises ValueError for an unknown name or a value of another type."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}: use one of {', '.join(sorted(known))}")
            setattr(self, name, _fit(name, getattr(self, name), value))

    def show(self) -> Doc:
        """All fields as a JSON object."""
        return asdict(self)


def _fit(name: str, old: object, value: Any) -> object:  # Any: a JSON value from outside, checked here
    kind = type(old)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"setting {name!r} must be a {kind.__name__}, not {value!r}")
    return value
