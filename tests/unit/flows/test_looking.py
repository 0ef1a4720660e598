"""Asking an integration's flows to look now: each once, by a worker, and what came of it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from crossdock.flows import jobs
from crossdock.flows.looking import LookNow, LookNowError, ask_to_look, is_awaited, last_look
from crossdock.flows.runs import BUSY, RunReport, run_flow
from crossdock.hub.marks import RUN_FLOW, WAKE_FLOW, leave_marks
from crossdock.hub.models import Event, Flow, Integration

House = Any  # the fixture of conftest.py beside this file


@pytest.fixture
def open_house(house: House) -> House:
    """A warehouse with two flows on, and nothing queued."""
    house.turn(shipments="push", fulfillments="pull")
    ProcrastinateJob.objects.all().delete()
    return house


def work(flow: Flow) -> None:
    """Be the worker that runs a flow."""
    jobs.run_flow_job(cast("Any", None), flow.pk)


def look(house: House) -> LookNow:
    """What was asked for last."""
    found = last_look(house.warehouse)
    assert found is not None
    return found


def test_asked_twice_each_flow_runs_once_and_answers(open_house: House) -> None:
    push = open_house.flow("shipments", "push")
    Flow.objects.filter(pk=push.pk).update(not_before="2999-01-01T00:00Z", paused_reason="It was busy.")
    for _ in range(2):
        assert len(ask_to_look(open_house.warehouse, author="user:ann")) == 2
    assert ProcrastinateJob.objects.filter(task_name=RUN_FLOW).count() == 2
    assert look(open_house).under_way

    # A run by marks need not look at everything, so it is no answer.
    leave_marks(push, ["0" * 16], "test", wake=False)
    run_flow(push, trigger="mark")
    assert is_awaited(push)

    for flow in (push, open_house.flow("fulfillments", "pull")):
        work(flow)
    answered = look(open_house)
    assert [(str(one.flow), one.run and one.run.trigger) for one in answered.answers] == [
        ("push shipments", "asked"), ("pull fulfillments", "asked"),
    ]  # fmt: skip
    assert not answered.under_way
    assert not is_awaited(push)
    work(push)
    assert push.runs.latest("pk").trigger == "schedule"


def test_a_look_that_finds_the_flow_running_comes_again(
    open_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run may have begun before somebody asked."""
    push = open_house.flow("shipments", "push")
    monkeypatch.setattr(
        jobs, "run_flow", lambda flow, trigger: RunReport("", flow.entity, flow.direction, "skipped", BUSY)
    )
    work(push)
    assert not ProcrastinateJob.objects.filter(task_name=WAKE_FLOW).exists()
    ask_to_look(open_house.warehouse, author="user:ann")
    work(push)
    assert ProcrastinateJob.objects.filter(task_name=WAKE_FLOW, args__flow_id=push.pk).count() == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [("error", "press Reconnect"), ("disabled", "enable it first"), ("removed", "add the account again"),
     ("connecting", "connect it first"), ("connected", "turn one on")],
)  # fmt: skip
def test_it_is_refused_where_nothing_may_run(open_house: House, state: str, words: str) -> None:
    if state == "connected":
        open_house.turn(shipments="disabled", fulfillments="disabled")
    Integration.objects.filter(pk=open_house.warehouse.pk).update(state=state)
    with pytest.raises(LookNowError, match=words):
        ask_to_look(open_house.warehouse, author="user:ann")
    assert not Event.objects.filter(operation="lookNow").exists()
    assert not ProcrastinateJob.objects.exists()


def test_a_flow_that_cannot_answer_any_more_is_not_waited_for(open_house: House) -> None:
    ask_to_look(open_house.warehouse, author="user:ann")
    Integration.objects.filter(pk=open_house.warehouse.pk).update(state="error", state_reason="No entry.")
    open_house.warehouse.refresh_from_db()
    assert not look(open_house).under_way
    assert "No entry." in look(open_house).answers[0].obstacle
