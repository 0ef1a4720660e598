"""A stand-in store over HTTP and a foreign client pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyecwid import Ecwid, ecwidapi

from ecwid_twin.access import scopes
from ecwid_twin.config import Config
from ecwid_twin.server import Running, running


@pytest.fixture
def twin() -> Iterator[Running]:
    """A store with an invented catalogue and 130 orders, its index up to date, its token all-powerful."""
    with running(Config(orders=130, lag=0.0, token_scopes=tuple(sorted(scopes.ALL)))) as made:
        yield made


@pytest.fixture
def ecwid(twin: Running) -> Ecwid:
    """pyecwid with the twin's base URL and token."""
    # Its payload dictionary is a default argument shared by all calls: parameters of one leak into the next.
    for method in (ecwidapi.EcwidAPI.get_request,):
        method.__defaults__[0].clear()
    return Ecwid(twin.token, 1003, base_url=f"{twin.api_url}/{{0}}/")
