"""A filled shop, another one beside it, and a browser that is logged in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client

# Helpers stand beside the tests, and tests are no package.
sys.path.append(str(Path(__file__).parent))
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that makes sample shops."""
    import sample_shop

    return sample_shop


@pytest.fixture
def shop(db: None, sample: ModuleType) -> object:
    """A shop with 16 orders."""
    return sample.open_shop(NOW, orders=16)


@pytest.fixture
def other_shop(shop: object, sample: ModuleType) -> object:
    """Another organization on the same hub."""
    return sample.open_shop(NOW, name="Rival", email="rival@rival.test", orders=4, account="2004")


@pytest.fixture
def browser(shop: object) -> Client:
    """A client logged in as the shop's administrator."""
    client = Client()
    client.force_login(shop.user)  # type: ignore[attr-defined]  # the sample module is loaded by path
    return client
