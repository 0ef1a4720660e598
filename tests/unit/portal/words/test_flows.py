"""The words of flows: each flow that a connector offers has them, and they say what the issue promises."""

from __future__ import annotations

import re

import pytest

from crossdock.connectors.contract import Manifest
from crossdock.flows.connecting import connectors
from crossdock.portal.words.flows import BEGINS, flow_label, questions


def ecwid() -> Manifest:
    """Ecwid's manifest."""
    return next(manifest for manifest in connectors() if manifest.key == "ecwid")


def test_ecwid_is_asked_as_the_seed_describes_it() -> None:
    asked = {one.entity: one for one in questions(ecwid())}
    assert list(asked) == ["orders", "products", "inventory", "fulfillments", "locations"]
    assert [one.label for one in asked["orders"].choices] == ["Pull orders from Ecwid", "Disabled"]
    assert [one.value for one in asked["products"].choices] == ["pull", "push", "both", "disabled"]
    assert "only by the side that owns it" in asked["products"].choice("both").sentence
    assert [one.label for one in asked["inventory"].choices] == ["Push inventory to Ecwid", "Disabled"]
    assert [one.label for one in asked["fulfillments"].choices] == ["Push fulfillments to Ecwid", "Disabled"]
    assert [one.label for one in asked["locations"].choices] == ["Pull locations from Ecwid"]
    assert asked["locations"].locked
    assert asked["locations"].lock_reason


@pytest.mark.parametrize("manifest", connectors(), ids=lambda manifest: manifest.key)
def test_each_choice_says_in_one_sentence_what_it_does_and_from_when(manifest: Manifest) -> None:
    for one in questions(manifest):
        for choice in one.choices:
            assert choice.sentence.rstrip(".").count(". ") == 0, choice.sentence
            assert choice.sentence.endswith(".")
            assert re.search(r"turn (this|it) on|moment it is connected", choice.sentence), choice.sentence


@pytest.mark.parametrize("manifest", connectors(), ids=lambda manifest: manifest.key)
def test_every_flow_says_what_it_does_and_from_when(manifest: Manifest) -> None:
    for offer in manifest.flows:
        for direction in offer.directions:
            assert offer.sentences.get(direction), (manifest.key, offer.entity)
            assert (manifest.role, offer.entity.value, direction.value) in BEGINS, (
                manifest.key,
                offer.entity,
            )


def test_shipments_are_called_shipping_requests() -> None:
    assert flow_label("shipments", "push", "Flat files") == "Push shipping requests to Flat files"
