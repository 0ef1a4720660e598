"""What the connector's tests share: sample documents, an account, and orders and products to vary."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crossdock.connectors.contract import Account, RemoteRecord
from crossdock.connectors.ecwid import translate

# Helpers stand beside the tests, and tests are no package.
sys.path.append(str(Path(__file__).parent))
SAMPLES = Path(__file__).parents[3] / "fixtures" / "ecwid_api"

Document = dict[str, object]


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """Return the bytes of a sample by its path under the fixtures."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture(scope="session")
def account(sample: Callable[[str], bytes]) -> Account:
    """Return the account of the sample profile: euros with two decimals, kilograms, centimetres."""
    return translate.account(sample("profile/profile.json"), ["read_orders"])


@pytest.fixture
def record() -> Callable[[object], RemoteRecord]:
    """Return a maker of records from a document, given as data or as bytes."""

    def made(document: object) -> RemoteRecord:
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        return RemoteRecord(remote_id="520000101", updated_at=None, document=raw)

    return made


@pytest.fixture
def order_document(sample: Callable[[str], bytes]) -> Document:
    """Return a fresh, open, shippable order of 25.00 with one line, to be changed by the test."""
    document: Document = json.loads(sample("composed/orders/order_shipped_with_tracking_and_label.json"))
    document |= {
        "fulfillmentStatus": "AWAITING_PROCESSING",
        "trackingNumber": "",
        "trackingUrl": "",
        "shipments": [],
    }
    return document


@pytest.fixture
def product_document(sample: Callable[[str], bytes]) -> Document:
    """Return a fresh product with four variations, barcodes, wholesale prices and images."""
    page: dict[str, list[Document]] = json.loads(sample("products/product_search_page_2020.json"))
    return page["items"][1]
