"""Which of the marked products a push leaves alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crossdock.flows import push_products as pushing
from crossdock.hub.intake import Tally
from crossdock.hub.models import Flow, Integration, Organization, Product
from crossdock.hub.publishing import set_publishing


@pytest.fixture
def channel(db: None) -> Integration:
    """A store whose flow pushes products."""
    organization = Organization.objects.create(name="Kaffewerk")
    channel = Integration.objects.create(
        organization=organization, connector="ecwid", name="Shop", state="connected"
    )
    Flow.objects.create(integration=channel, entity="products", direction="push", enabled=True)
    return channel


def pushed(channel: Integration, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SKUs that a push of everything would plan."""
    planned: list[str] = []
    monkeypatch.setattr(pushing, "settle_interrupted", lambda ctx: [])
    monkeypatch.setattr(
        pushing, "_push_one", lambda ctx, product, mark, *, in_doubt: planned.append(product.sku)
    )
    products = Product.objects.filter(organization=channel.organization)
    marks = [SimpleNamespace(key=product.key, attempts=0) for product in products.order_by("sku")]
    context: Any = SimpleNamespace(
        integration=channel, dry_run=True, tally=Tally(), taken=lambda: marks, progress=lambda *_: None
    )
    pushing.push_products(context)
    return planned


def test_what_a_person_keeps_out_is_not_pushed(channel: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    for sku in ("A", "B"):
        Product.objects.create(organization=channel.organization, sku=sku, name=sku)
    Product.objects.create(organization=channel.organization, sku="C", name="theirs", owner=channel)
    kept_out = Product.objects.get(sku="A")
    assert pushed(channel, monkeypatch) == ["A", "B"]
    set_publishing(kept_out, channel, publish=False, author="test")
    assert pushed(channel, monkeypatch) == ["B"]
    set_publishing(kept_out, channel, publish=True, author="test")
    assert pushed(channel, monkeypatch) == ["A", "B"]
    assert channel.flows.get().marks.filter(key=kept_out.key).exists()
