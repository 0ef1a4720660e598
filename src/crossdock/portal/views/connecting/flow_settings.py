"""Connection Flow Settings: what is to flow, chosen before an account is connected; *Next* adds the integration."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from crossdock.connectors.contract import Manifest
from crossdock.connectors.errors import Refused
from crossdock.flows import connecting
from crossdock.flows.switches import SwitchError, flow_choices, set_flows
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration, pk_of
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.roles import Ability
from crossdock.portal.views.connecting.finding import manifest_named, stages
from crossdock.portal.words.flows import DISABLED, Question, questions

ICONS = {
    "orders": "shopping-cart", "products": "tag", "inventory": "stack-2", "fulfillments": "truck-delivery",
    "locations": "map-pin", "shipments": "package",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One question as the page shows it: what is chosen, and what is wrong with the choice."""

    question: Question
    icon: str
    chosen: str
    error: str = ""

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What else is good to know of the choices, each with its name."""
        return [(choice.label, choice.details) for choice in self.question.choices if choice.details]


@organization_view(Ability.CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def flow_settings(request: HttpRequest, visit: Visit, connector: str) -> HttpResponse:
    """Ask what is to flow. *Next* adds the integration, or changes the unfinished one that ``of`` names."""
    manifest = manifest_named(connector)
    begun = connecting.unfinished(visit.organization, connector)
    changed = _named(request, begun)
    if request.method != "POST":
        chosen = flow_choices(changed) if changed else {}
        return _page(request, visit, manifest, chosen, begun=begun, changed=changed)
    chosen = {one.entity: request.POST.get(one.entity, "") for one in questions(manifest) if not one.locked}
    if missing := [entity for entity, choice in chosen.items() if not choice]:
        error = SwitchError(missing[0], "Choose one of these.")
        return _page(request, visit, manifest, chosen, begun=begun, changed=changed, error=error)
    known = request.POST.get("known", "")
    if changed is None and begun and begun[0].key != known:
        # Sent twice, or one was begun meanwhile: a second is made only by somebody who has seen the first.
        return _page(request, visit, manifest, chosen, begun=begun, changed=None, status=409)
    try:
        if changed is None:
            changed = connecting.add_integration(
                visit.organization, connector, choices=chosen, author=visit.author
            )
        else:
            set_flows(changed, chosen, author=visit.author, now=system_clock())
    except SwitchError as error:
        return _page(request, visit, manifest, chosen, begun=begun, changed=changed, error=error)
    except Refused as error:
        raise Http404 from error
    return redirect("portal:connect-account", changed.pk)


def _named(request: HttpRequest, begun: list[Integration]) -> Integration | None:
    """Return the unfinished integration whose choices are to be changed; 404 for one that is none of these."""
    asked = request.POST.get("of") or request.GET.get("of")
    if not asked:
        return None
    try:
        number = pk_of(asked)
    except ValueError as error:
        raise Http404 from error
    found = next((one for one in begun if one.pk == number), None)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    visit: Visit,
    manifest: Manifest,
    chosen: dict[str, str],
    *,
    begun: list[Integration],
    changed: Integration | None,
    error: SwitchError | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = [
        Asked(
            one,
            ICONS.get(one.entity, "arrows-exchange"),
            one.choices[0].value if one.locked else (chosen.get(one.entity) or DISABLED),
            error.message if error is not None and error.field == one.entity else "",
        )
        for one in questions(manifest)
    ]
    context = {
        "stages": stages(1),
        "manifest": manifest,
        "asked": asked,
        "changed": changed,
        "begun": [] if changed else begun,
        "known": begun[0].key if begun else "",
        "error": error.message if error is not None and error.field not in chosen else "",
    }
    code = 400 if error is not None else status
    return show(request, visit, "portal/connecting/flows.html", context, status=code)
