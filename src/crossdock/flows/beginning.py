"""From which moment on a pull takes in what is new, by two clocks: ours and the outside system's.

A flow is turned on by our clock (`Flow.start_from`), and records bear the outside system's times. Were ours ahead, what
is created in the difference would stay out, and nobody would hear of it. So the first poll writes down what the
newest change was then, by their clock: what is created after it is new, whatever our clock says.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from crossdock.hub.models import Flow

MOST_AHEAD = timedelta(days=1)
"""How far ahead our clock may be; what is older than that by the flow's own start stays out in any case."""


def beginning_noted(flow: Flow) -> bool:
    """Whether a poll has been made since `flow` was last told from when on."""
    return flow.start_from is None or flow.progress.get("startFrom") == flow.start_from.isoformat()


def note_beginning(flow: Flow, newest: datetime) -> None:
    """Write down, once for each time that `flow` is told from when on, what the newest change was (their time)."""
    if flow.start_from is None or beginning_noted(flow):
        return
    noted = {"startFrom": flow.start_from.isoformat(), "newestAtStart": newest.isoformat()}
    flow.progress = {**flow.progress, **noted}
    flow.save(update_fields=["progress"])


def began_before(flow: Flow, created: datetime) -> bool:
    """Whether `flow` takes in a record that was created at `created`, by the outside system's clock."""
    if flow.start_from is None or created >= flow.start_from:
        return True
    newest = flow.progress.get("newestAtStart") if beginning_noted(flow) else None
    return newest is not None and created > max(datetime.fromisoformat(newest), flow.start_from - MOST_AHEAD)
