"""Single sign-on: the one OpenID Connect provider that an installation may trust."""

from __future__ import annotations

from dataclasses import dataclass, field

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class SignOn:
    """An OpenID Connect provider and our registration with it. `name` stands on the login's button."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "single sign-on"
