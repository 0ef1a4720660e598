"""Exceptions that a person has set aside: they stay aside while they say the same, and are news when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.hub.exceptions import (
    ExceptionClosedError,
    Noticed,
    close_exceptions,
    dismiss,
    open_exception,
    renew_noticed,
)
from crossdock.hub.models import Event, ExceptionCase

if TYPE_CHECKING:
    from tests.unit.conftest import World

SUBJECT = "orders:api-1"


def _open(world: World, message: str = "too many") -> None:
    open_exception(
        world.organization.pk, "shippedTooMany", SUBJECT, message, entity="orders",
        integration=world.integration,
    )  # fmt: skip


def _notice(world: World, message: str = "row 3") -> None:
    found = [Noticed(SUBJECT, "rowsRejected", "quantity", message)] if message else []
    renew_noticed(world.integration, None, "orders", [SUBJECT], found)


def _states() -> list[tuple[str, str]]:
    return list(ExceptionCase.objects.order_by("pk").values_list("status", "message"))


def test_what_was_set_aside_stays_aside_while_it_says_the_same(world: World) -> None:
    _open(world)
    case = dismiss(ExceptionCase.objects.get(), author="cli:anna", reason="the buyer pays")
    assert (case.status, case.resolution) == ("dismissed", "the buyer pays")
    event = Event.objects.get(entity="exceptions", record_id=case.pk)
    assert (event.operation, event.author, event.reason) == ("dismissed", "cli:anna", "the buyer pays")
    _open(world)
    assert _states() == [("dismissed", "too many")]
    with pytest.raises(ExceptionClosedError, match="is dismissed already"):
        dismiss(case, author="cli:anna", reason="again")


def test_it_is_news_when_it_says_something_else(world: World) -> None:
    _open(world)
    dismiss(ExceptionCase.objects.get(), author="cli:anna", reason="seen")
    _open(world, "far too many")
    assert _states() == [("resolved", "too many"), ("active", "far too many")]
    _open(world, "too many")
    assert _states()[1] == ("active", "too many"), "what is open says what is so now"


def test_it_is_news_when_its_cause_had_gone(world: World) -> None:
    _open(world)
    dismiss(ExceptionCase.objects.get(), author="cli:anna", reason="seen")
    assert close_exceptions(world.organization.pk, [SUBJECT], integration=world.integration) == 1
    _open(world)
    assert _states() == [("resolved", "too many"), ("active", "too many")]


def test_what_a_document_says_can_be_set_aside_too(world: World) -> None:
    _notice(world)
    dismiss(ExceptionCase.objects.get(), author="cli:anna", reason="done by hand")
    _notice(world)
    assert _states() == [("dismissed", "row 3")]
    _notice(world, "row 4")
    assert _states() == [("resolved", "row 3"), ("active", "row 4")]
    dismiss(ExceptionCase.objects.get(status="active"), author="cli:anna", reason="done by hand")
    _notice(world, "")
    _notice(world, "row 4")
    assert [state for state, _ in _states()] == ["resolved", "resolved", "active"]


def test_one_of_another_store_is_its_own(world: World) -> None:
    _open(world)
    dismiss(ExceptionCase.objects.get(), author="cli:anna", reason="seen")
    open_exception(world.organization.pk, "shippedTooMany", SUBJECT, "too many", entity="orders")
    assert [state for state, _ in _states()] == ["dismissed", "active"]
