"""Giving on the jobs of dead workers: of those only, and whatever happens to them meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

from crossdock.flows import jobs

OURS, THEIRS, NOBODY = 1, 2, None


@dataclass
class Manager:
    """A stand-in for the engine's manager: what is stalled, and which of it refuses to be queued anew."""

    stalled: list[SimpleNamespace]
    refusals: dict[int, Exception] = field(default_factory=dict)
    retried: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)

    async def get_stalled_jobs(self, *, seconds_since_heartbeat: float) -> list[SimpleNamespace]:
        """All of it."""
        return self.stalled

    async def retry_job(self, job: SimpleNamespace) -> None:
        """Note it, or refuse."""
        if job.id in self.refusals:
            raise self.refusals[job.id]
        self.retried.append(job.id)

    async def finish_job(self, job: SimpleNamespace, status: Status, *, delete_job: bool) -> None:
        """Note it; a job that has gone cannot be finished."""
        if job.id == 99:
            raise ConnectorException
        self.finished.append(job.id)


def rescue(monkeypatch: pytest.MonkeyPatch, manager: Manager) -> None:
    """Run the job as worker 1."""
    monkeypatch.setattr(jobs, "app", SimpleNamespace(job_manager=manager))
    context: Any = SimpleNamespace(job=SimpleNamespace(worker_id=OURS))
    asyncio.run(jobs.rescue_job.func(context, timestamp=0))


def job(number: int, worker: int | None) -> SimpleNamespace:
    """A job that was being done by `worker`."""
    return SimpleNamespace(id=number, worker_id=worker, task_name="test")


def test_a_worker_that_stood_still_leaves_its_own_jobs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Manager([job(1, OURS), job(2, THEIRS), job(3, NOBODY)])
    rescue(monkeypatch, manager)
    assert manager.retried == [2, 3]


def test_a_job_that_ended_meanwhile_or_is_queued_again_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = UniqueViolation(constraint_name="test", queueing_lock="test")
    manager = Manager(
        [job(1, THEIRS), job(2, THEIRS), job(99, THEIRS), job(4, THEIRS)],
        {1: ConnectorException(), 2: doubled, 99: doubled},
    )
    rescue(monkeypatch, manager)
    assert manager.retried == [4]
    assert manager.finished == [2]
