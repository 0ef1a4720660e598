"""Access tokens and authorization codes, and when they die (ecwid-api/auth.md §1, §3)."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from random import Random

from ecwid_twin.access import scopes

_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class Token:
    """One access token of an app in a store."""

    value: str
    store: int
    client: str
    granted: frozenset[str]
    public: bool = False
    alive: bool = True

    @property
    def tail(self) -> str:
        """The last characters: enough to tell tokens apart, useless for calling."""
        return self.value[-4:]


@dataclass(slots=True)
class Code:
    """An authorization code: single use, short-lived. `redirect` is empty for a market installation."""

    value: str
    store: int
    client: str
    granted: tuple[str, ...]
    redirect: str
    expires: float
    dialog: bool
    issued: list[Token] = field(default_factory=list)
    used: bool = False


class Tokens:
    """All tokens and codes ever given out."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, Code] = {}

    def issue(
        self, store: int, client: str, granted: tuple[str, ...] | frozenset[str], value: str = ""
    ) -> list[Token]:
        """A new secret token, followed by a public one when `public_storefront` is granted."""
        held = frozenset(granted) | {scopes.ALWAYS}
        made = [Token(value or self._fresh("secret_"), store, client, held)]
        if scopes.PUBLIC in held:
            made.append(Token(self._fresh("public_"), store, client, held, public=True))
        for token in made:
            self._tokens[token.value] = token
        return made

    def _fresh(self, prefix: str) -> str:
        return prefix + "".join(self._random.choices(_LETTERS, k=32))

    def get(self, value: str) -> Token | None:
        """The living token with this value."""
        token = self._tokens.get(value)
        return token if token is not None and token.alive else None

    def all(self) -> list[Token]:
        """Every token ever issued, dead ones too."""
        return list(self._tokens.values())

    def installed(self, store: int, client: str) -> Token | None:
        """The living secret token of an app in a store."""
        for token in reversed(self._tokens.values()):
            if token.alive and not token.public and token.store == store and token.client == client:
                return token
        return None

    def revoke_app(self, store: int, client: str) -> int:
        """Kill every token of an app in a store; how many died."""
        count = 0
        for token in self._tokens.values():
            if token.alive and token.store == store and token.client == client:
                token.alive = False
                count += 1
        return count

    def new_code(
        self,
        store: int,
        client: str,
        granted: tuple[str, ...],
        redirect: str,
        expires: float,
        *,
        dialog: bool,
    ) -> Code:
        """An authorization code good until `expires` (Unix seconds of the twin's clock)."""
        code = Code(
            "".join(self._random.choices(_LETTERS, k=32)), store, client, granted, redirect, expires, dialog
        )
        self._codes[code.value] = code
        return code

    def code(self, value: str) -> Code | None:
        """A code that was given out, used or not."""
        return self._codes.get(value)
