"""Figures for Prometheus, counted in the database when asked for, so every web process says the same.

They are given to this machine only: the caller's address must be a loopback address and no proxy may have
passed the question on, which shows by its headers, or by the public address that was asked. A collector elsewhere
scrapes through an agent or a tunnel on this machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crossdock.callers import address_of
from crossdock.flows.health import lag_of
from crossdock.hub.clock import system_clock
from crossdock.hub.workers import newest_heartbeat

_PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to a caller on this machine; 404 to everybody else."""
    if not from_this_machine(request):
        return HttpResponse("no such address\n", status=404, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def from_this_machine(request: HttpRequest) -> bool:
    """Return whether the caller sits on this machine, and not behind a proxy on it."""
    local = _is_loopback(address_of(request))
    return local and not _by_public_name(request) and not any(name in request.headers for name in _PASSED_ON)


def _by_public_name(request: HttpRequest) -> bool:
    """Whether the hub was asked under its public address, which leads to the proxy in front of it if there is one."""
    public = urlsplit(settings.CROSSDOCK.public_url).hostname or ""
    asked = urlsplit(f"//{request.get_host()}").hostname or ""
    return asked == public and not _is_loopback(public)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class HubCollector(Collector):
    """Counts the hub's figures at the moment of asking. Integrations go by their public key."""

    def collect(self) -> Iterable[Metric]:
        """Give every figure."""
        yield _grouped(
            "crossdock_orders", "Orders by status.", ["status"],
            "SELECT status, count(*) FROM hub_order GROUP BY status",
        )  # fmt: skip
        yield _grouped(
            "crossdock_integrations", "Integrations by connector and state.", ["connector", "state"],
            "SELECT connector, state, count(*) FROM hub_integration GROUP BY connector, state",
        )  # fmt: skip
        yield _grouped(
            "crossdock_open_exceptions", "Open exceptions by code.", ["code"],
            "SELECT code, count(*) FROM hub_exceptioncase WHERE status = 'active' GROUP BY code",
        )  # fmt: skip
        yield _grouped(
            "crossdock_jobs", "Jobs by status.", ["status"],
            "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status",
        )  # fmt: skip
        yield _grouped(
            "crossdock_webhooks_not_acted_on", "Webhooks not acted on.", ["connector", "outcome"],
            "SELECT connector, outcome, sum(count) FROM hub_webhooktally GROUP BY connector, outcome",
        )  # fmt: skip
        yield from _flows()
        yield from _worker()


def _grouped(name: str, help_: str, labels: list[str], query: str) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=labels)
    with connection.cursor() as cursor:
        cursor.execute(query)
        for *values, figure in cursor.fetchall():
            family.add_metric([str(value) for value in values], float(figure))
    return family


def _flows() -> Iterator[Metric]:
    """Lag, backlog and remote calls of every flow that is on."""
    labels = ["integration", "flow"]
    lag = GaugeMetricFamily(
        "crossdock_flow_lag_seconds",
        "For how many seconds something may have waited to be carried over; 0 for a push with nothing to carry.",
        labels=labels,
    )
    backlog = GaugeMetricFamily("crossdock_flow_backlog", "Records the flow must look at.", labels=labels)
    calls = GaugeMetricFamily(
        "crossdock_flow_remote_calls", "Remote calls of the flow's runs of the last hour.", labels=labels
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT lpad(to_hex(i.id), 16, '0'), f.direction, f.entity, f.last_success_at,
                   (SELECT min(m.marked_at) FROM hub_mark m WHERE m.flow_id = f.id),
                   (SELECT count(*) FROM hub_mark m WHERE m.flow_id = f.id),
                   (SELECT coalesce(sum(r.remote_calls), 0) FROM hub_run r
                     WHERE r.flow_id = f.id AND r.created_at > now() - interval '1 hour')
              FROM hub_flow f JOIN hub_integration i ON i.id = f.integration_id
             WHERE f.enabled AND i.state <> 'removed' ORDER BY i.id, f.id
            """
        )
        now = system_clock()
        for integration, direction, entity, success, oldest, waiting, sent in cursor.fetchall():
            flow = f"{direction} {entity}"
            behind = lag_of(direction, now, success, oldest)
            if behind is not None:
                lag.add_metric([integration, flow], behind)
            backlog.add_metric([integration, flow], float(waiting))
            calls.add_metric([integration, flow], float(sent))
    yield from (lag, backlog, calls)


def _worker() -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "crossdock_worker_heartbeat_age_seconds", "Seconds since a worker last reported."
    )
    beat = newest_heartbeat()
    if beat is not None:
        family.add_metric([], max((system_clock() - beat).total_seconds(), 0.0))
    yield family
