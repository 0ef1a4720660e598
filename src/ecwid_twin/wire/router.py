"""Which endpoint answers a path: literal segments win over ids (`orders/last` before `orders/{id}`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ecwid_twin.wire.errors import ApiError, method_not_allowed
from ecwid_twin.wire.message import Call, Reply

if TYPE_CHECKING:
    from ecwid_twin.store import Store

Handler = Callable[["Store", Call, list[str]], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: the method, the path after the store id, who may call it, and what answers.

    `public` endpoints also take a public token.
    """

    method: str
    pattern: tuple[str, ...]
    scopes: tuple[str, ...]
    public: bool
    handler: Handler

    def match(self, parts: list[str]) -> list[str] | None:
        """The path's variable segments, decoded, or None when the path is another one."""
        found = []
        for expected, part in zip(self.pattern, parts, strict=True):
            if expected == "*":
                found.append(unquote(part))
            elif expected != part:
                return None
        return found


class Router:
    """All endpoints of the REST API."""

    def __init__(self) -> None:
        self._routes: dict[int, list[Route]] = {}

    def add(self, method: str, path: str, handler: Handler, *scopes: str, public: bool = False) -> None:
        """Register an endpoint; `*` in `path` stands for an id."""
        pattern = tuple(path.split("/"))
        routes = self._routes.setdefault(len(pattern), [])
        routes.append(Route(method, pattern, scopes, public, handler))
        routes.sort(key=lambda route: [part == "*" for part in route.pattern])

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        """The endpoint for a raw path after the store id, with its ids.

        Raises a 405 when another method would match, a 404 when nothing does.
        """
        parts = path.strip("/").split("/")
        literal: Route | None = None
        for route in self._routes.get(len(parts), ()):
            found = route.match(parts)
            if found is None:
                continue
            if literal is not None and literal.pattern != route.pattern:
                break
            if route.method == method:
                return route, found
            literal = route
        if literal is not None:
            raise method_not_allowed()
        raise ApiError(404, "", f"Unknown path /{'/'.join(parts)}")
