"""Turning flows on and off, and an integration's settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Direction, Entity, FlowOffer
from crossdock.connectors.errors import Reconnect, Refused
from crossdock.flows.gate import RequestGate
from crossdock.flows.opening import account_of, connector_config, services
from crossdock.flows.starting import CATCH_UP, GAP_CHOICES, START_NOW, gap_of, starting_keys
from crossdock.flows.subjects import close_about_flows
from crossdock.hub import vault
from crossdock.hub.events import record_event
from crossdock.hub.marks import leave_marks, try_at_once, wake_flow
from crossdock.hub.models import ExceptionCase, Flow, Integration, Mark
from crossdock.hub.stock.feeding import SETTING, locations_named
from crossdock.hub.stock.inventory import InventoryError
from crossdock.hub.waking import wake_routing

BAD_OPTION = "badOption"
START_SLACK = timedelta(seconds=60)
"""Orders created this shortly before a flow was enabled still come in: two clocks may differ by it."""


class SwitchError(Exception):
    """A choice that cannot be made: `field` names the flow or setting, `message` the remedy."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def create_flows(integration: Integration) -> None:
    """Create the flows that the connector offers: all off, but those that cannot be turned off."""
    for offer in connector_for(integration.connector).manifest.flows:
        for direction in offer.directions:
            Flow.objects.get_or_create(
                integration=integration,
                entity=offer.entity,
                direction=direction,
                defaults={"enabled": offer.locked},
            )


def flow_choices(integration: Integration) -> dict[str, str]:
    """Return each entity's choice: ``pull``, ``push``, ``both`` or ``disabled``."""
    choices = {
        offer.entity.value: "disabled" for offer in connector_for(integration.connector).manifest.flows
    }
    for flow in Flow.objects.filter(integration=integration, enabled=True).order_by("direction"):
        choices[flow.entity] = (
            "both" if choices.get(flow.entity, "disabled") != "disabled" else flow.direction
        )
    return choices


def set_flows(
    integration: Integration, choices: Mapping[str, str], *, author: str, now: datetime, gap: str = CATCH_UP
) -> list[Flow]:
    """Turn flows on and off, all or none; returns the flows that changed.

    Enabling starts from `now`; what a push carries that exists already is marked, so that the first
    run brings the channel up to date. Disabling keeps the cursor. A flow that was on before catches up on what
    it missed, or with `gap` ``startNow`` leaves that out: orders placed meanwhile stay out, but what changed of
    those that are here is read all the same; shipments recorded meanwhile are not reported. Raises `SwitchError`.
    """
    if gap not in GAP_CHOICES:
        raise SwitchError("gap", f"What a flow missed is one of {', '.join(GAP_CHOICES)}; not {gap!r}.")
    wanted: dict[tuple[str, str], bool] = {}
    for entity, choice in choices.items():
        for direction, enabled in chosen_directions(integration, entity, choice).items():
            wanted[entity, direction] = enabled
    changed = []
    with transaction.atomic():
        create_flows(integration)
        for (entity, direction), enabled in wanted.items():
            flow = Flow.objects.select_for_update().get(
                integration=integration, entity=entity, direction=direction
            )
            if flow.enabled != enabled:
                _switch(flow, enabled=enabled, author=author, now=now, gap=gap)
                changed.append(flow)
    return changed


def chosen_directions(integration: Integration, entity: str, choice: str) -> dict[str, bool]:
    """Return which directions of `entity` are on with `choice`. Raises `SwitchError` for one that there is not."""
    offers = {offer.entity.value: offer for offer in connector_for(integration.connector).manifest.flows}
    offer = offers.get(entity)
    if offer is None:
        raise SwitchError(entity, f"There is no flow called {entity!r}; there is: {', '.join(offers)}.")
    return _directions(offer, choice)


def _directions(offer: FlowOffer, choice: str) -> dict[str, bool]:
    allowed = ["disabled", *[direction.value for direction in offer.directions]]
    if len(offer.directions) > 1:
        allowed.append("both")
    if choice not in allowed:
        raise SwitchError(offer.entity, f"{offer.entity} can be {', '.join(allowed)}; not {choice!r}.")
    if offer.locked and choice == "disabled":
        raise SwitchError(offer.entity, f"{offer.entity} cannot be turned off: {offer.lock_reason}")
    return {direction.value: choice in (direction.value, "both") for direction in offer.directions}


def as_switched_on(flow: Flow, now: datetime, *, gap: str = CATCH_UP) -> None:
    """Have `flow`, in memory, stand as it will when it is turned on."""
    flow.failures, flow.not_before, flow.paused_reason = 0, None, ""
    flow.enabled, flow.enabled_at = True, now
    if (flow.entity, flow.direction) == (Entity.ORDERS, Direction.PULL) and (
        flow.start_from is None or gap == START_NOW
    ):
        flow.start_from = now - START_SLACK


def _switch(flow: Flow, *, enabled: bool, author: str, now: datetime, gap: str) -> None:
    missed = gap_of(flow) if enabled else None
    keys = starting_keys(flow, gap=gap) if enabled else []
    if enabled:
        as_switched_on(flow, now, gap=gap)
    else:
        flow.failures, flow.not_before, flow.paused_reason = 0, None, ""
        flow.enabled = False
        close_about_flows([flow], "The flow was turned off.")
    flow.save()
    if missed is not None and gap == START_NOW and flow.direction == Direction.PUSH:
        Mark.objects.filter(flow=flow).delete()
    record_event(
        flow.integration.organization_id,
        "integrations",
        flow.integration_id,
        "flowEnabled" if enabled else "flowDisabled",
        author=author,
        after={"flow": str(flow), **({"gap": gap} if missed is not None else {})},
    )
    if enabled:
        leave_marks(flow, keys, "flow enabled", wake=False)
        wake_flow(flow)


def approve_plan(flow: Flow, *, author: str) -> None:
    """Let the next run of a stock push go ahead although it changes a large share of the catalogue."""
    with transaction.atomic():
        locked = Flow.objects.select_for_update().get(pk=flow.pk)
        locked.progress = {**locked.progress, "approved": True}
        locked.save(update_fields=["progress"])
        record_event(
            flow.integration.organization_id,
            "integrations",
            flow.integration_id,
            "planApproved",
            author=author,
            after={"flow": str(flow)},
        )
        wake_flow(locked)


def set_settings(integration: Integration, values: Mapping[str, object], *, author: str) -> None:
    """Change settings of an integration. Raises `SwitchError` for an unknown one or a wrong kind.

    An empty ``cap`` is none; ``feedFrom`` names locations by id or name, and empty means all that may feed.
    """
    options = {option.name: option for option in connector_for(integration.connector).manifest.options}
    common = {
        "buffer": int,
        "floor": int,
        "cap": int,
        SETTING: list,
        "acceptUnpaid": bool,
        "notifyBuyer": bool,
        "guardShare": float,
        "guardLeast": int,
        "searchLagSeconds": float,
        "callsPerMinute": int,
    }
    values = _as_kept(integration, values)
    for name, value in values.items():
        kind = common.get(name)
        if kind is None and name not in options:
            known = ", ".join(sorted({*common, *options}))
            raise SwitchError(name, f"There is no setting called {name!r}; there is: {known}.")
        if kind is not None and value is not None and not _fits(value, kind):
            raise SwitchError(name, f"{name} must be {_KINDS[kind]}; not {value!r}.")
        if kind is None and options[name].choices and value not in options[name].choices:
            raise SwitchError(
                name, f"{name} must be one of {', '.join(options[name].choices)}; not {value!r}."
            )
    _try_out(integration, values)
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        before = {name: locked.settings.get(name) for name in values}
        merged = {**locked.settings, **values}
        locked.settings = {name: value for name, value in merged.items() if value is not None}
        locked.save(update_fields=["settings", "updated_at"])
        record_event(
            locked.organization_id,
            "integrations",
            locked.pk,
            "settingsChanged",
            author=author,
            before=before,
            after=dict(values),
        )
        _follow_up(locked, set(values))
    integration.settings = locked.settings


def _try_out(integration: Integration, values: Mapping[str, object]) -> None:
    """Raise `SwitchError` where the connector cannot work with `values`; opening a session makes no call."""
    connector = connector_for(integration.connector)
    merged = {name: value for name, value in {**integration.settings, **values}.items() if value is not None}
    try:
        connector.open(
            vault.unseal(integration.credentials) if integration.credentials else {},
            merged,
            account_of(integration) if integration.account else None,
            services(RequestGate(integration.pk, 1), connector_config(integration.connector)),
        ).close()
    except Refused as error:
        # What else is wrong (no credentials yet, an older setting) is said where it is needed.
        if error.field in values:
            raise SwitchError(error.field, str(error)) from error
    except (Reconnect, vault.SecretUnreadable):
        return


def _as_kept(integration: Integration, values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as they are stored: locations by their ids, None for what is taken away."""
    kept = dict(values)
    if kept.get("cap") == "":
        kept["cap"] = None
    if SETTING in kept:
        try:
            kept[SETTING] = locations_named(integration, kept[SETTING] or [])
        except InventoryError as error:
            raise SwitchError(SETTING, error.message) from error
    missing = sorted(name for name, value in kept.items() if value is None and name != "cap")
    if missing:
        raise SwitchError(missing[0], f"{missing[0]} needs a value.")
    return kept


def _follow_up(integration: Integration, changed: set[str]) -> None:
    """Have the flows look again at what a changed setting decides."""
    if changed & {"buffer", "floor", "cap", SETTING}:
        flow = Flow.objects.filter(
            integration=integration, entity="inventory", direction="push", enabled=True
        ).first()
        if flow is not None:
            leave_marks(flow, starting_keys(flow), "a setting changed")
    refused = ExceptionCase.objects.filter(
        integration=integration, code=BAD_OPTION, status=ExceptionCase.Status.ACTIVE
    )
    for flow in Flow.objects.filter(pk__in=refused.values("flow_id"), enabled=True):
        try_at_once(flow)
    if "acceptUnpaid" in changed:
        wake_routing(integration.organization_id)


_KINDS = {
    int: "a whole number, zero or more",
    float: "a number, zero or more",
    bool: "true or false",
    list: "a list",
}


def _fits(value: object, kind: type) -> bool:
    if kind in (bool, list):
        return isinstance(value, kind)
    if isinstance(value, bool):
        return False
    return isinstance(value, int if kind is int else (int, float)) and value >= 0
