"""What a test really committed is gone afterwards, the job engine's rows with it, and what migrations fill stays."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests import sweeping
from tests.unit.conftest import World

from crossdock.hub.models import Order, Organization


def filled(world: World) -> None:
    for _ in range(3):
        world.order({"tea": 2, "cup": 1})
    User.objects.create_user("ann", password="correct horse")
    app.configure_task("none.such").defer()
    assert ProcrastinateJob.objects.exists()


def is_swept() -> bool:
    left = [model.objects.exists() for model in (Organization, Order, User, ProcrastinateJob)]
    return not any(left) and Permission.objects.exists() and ContentType.objects.exists()


@pytest.mark.parametrize("largest", [sweeping.LARGE, 0], ids=["row by row", "cut off"])
def test_everything_goes_but_what_migrations_fill(
    transactional_db: None, world: World, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(sweeping, "LARGE", largest)
    filled(world)
    before = Order.objects.latest("pk").pk
    sweeping.sweep()
    assert is_swept()
    assert World().order().pk > before


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_committed_leaves_nothing(transactional_db: None, turn: int) -> None:
    assert is_swept(), turn
    filled(World())
