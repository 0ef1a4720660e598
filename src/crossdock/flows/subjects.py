"""What exceptions about a flow, or an import beside it, are about as a whole; and closing them when it stops."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.models import Flow, Import, Run


def subject_of(run: Run) -> str:
    """Return what an exception about a whole run is about: its flow, or the import that it is part of."""
    return _flow_subject(run.flow) if run.backfill is None else import_subject(run.backfill)


def import_subject(backfill: Import) -> str:
    """Return what exceptions about an import as a whole are about."""
    return f"import:{backfill.key}"


def guard_subject(flow: Flow) -> str:
    """Return what it is about that a push would change too much at once."""
    return f"{_flow_subject(flow)}:guard"


def what_ran(run: Run) -> str:
    """Return how messages call what ran."""
    return str(run.flow) if run.backfill is None else f"The import of older {run.flow.entity}"


def close_about_flows(flows: Sequence[Flow], resolution: str) -> None:
    """Close what is open about `flows` and their imports as a whole: what does not run can neither fail nor ask."""
    for flow in flows:
        imports = [import_subject(one) for one in flow.imports.exclude(state=Import.State.COMPLETED)]
        close_exceptions(
            flow.integration.organization_id, [_flow_subject(flow), guard_subject(flow), *imports],
            integration=flow.integration, resolution=resolution,
        )  # fmt: skip


def _flow_subject(flow: Flow) -> str:
    return f"flow:{flow.key}"
