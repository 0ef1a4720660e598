"""Webhooks: which there are, adding and changing one, its secret shown once, and its last deliveries."""

from __future__ import annotations

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crossdock.hub.clock import system_clock
from crossdock.hub.models import ExceptionCase, NoticeDelivery, Webhook
from crossdock.hub.notices.topics import TOPICS
from crossdock.hub.notices.webhooks import (
    ENTITY,
    WebhookError,
    change_webhook,
    create_webhook,
    rotate_secret,
    subject_of,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.forms import PortalForm
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.views.webhooks.finding import webhook_of

SHOWN = 25
"""Deliveries on a webhook's page."""


class WebhookForm(PortalForm):
    """What a webhook is called, where it leads and what it asks about."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="Who listens, e.g. the name of your program."
    )
    url = forms.CharField(
        label="Address", max_length=1000, help_text="Where notices are sent, like https://shop.example/hooks.",
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip
    topics = forms.MultipleChoiceField(
        label="Told of", choices=list(TOPICS.items()), widget=forms.CheckboxSelectMultiple
    )


@organization_view(Ability.DEVELOP)
@require_safe
def webhooks(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the webhooks with what waits for each."""
    rows = Webhook.objects.filter(organization=visit.organization)
    context = {
        "tab": ENTITY,
        "webhooks": rows.annotate(waiting=Count("notices", filter=Q(notices__given_up_at=None))).order_by(
            "name"
        ),
    }
    return show(request, visit, "portal/webhooks/list.html", context)


@organization_view(Ability.DEVELOP)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a new webhook; once it is made, show its secret."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            webhook, secret = create_webhook(
                visit.organization, values["name"], values["url"], values["topics"], author=visit.author
            )
        except WebhookError as error:
            form.refuse(error.field, error.message)
        else:
            return _secret(request, visit, webhook, secret, renewed=False)
    return _form(request, visit, form, None)


@organization_view(Ability.DEVELOP)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change a webhook."""
    webhook = webhook_of(visit, pk)
    initial = {"name": webhook.name, "url": webhook.url, "topics": webhook.topics}
    form = WebhookForm(request.POST or None, initial=initial)
    subject = Subject(ENTITY, webhook.pk, ("changed",))
    mark = request.POST.get(AS_OF) or as_of(visit, subject)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with unless_changed(request, visit, subject):
                change_webhook(webhook, values["name"], values["url"], values["topics"], author=visit.author)
        except ChangedMeanwhileError as error:
            form.refuse("", str(error))
            mark = error.as_of
        except WebhookError as error:
            form.refuse(error.field, error.message)
        else:
            return redirect("portal:settings-webhooks-one", webhook.pk)
    return _form(request, visit, form, webhook, mark)


@organization_view(Ability.DEVELOP)
@require_safe
def one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one webhook: how it stands, what waits for it, and its last deliveries."""
    webhook = webhook_of(visit, pk)
    notices = webhook.notices.aggregate(
        waiting=Count("pk", filter=Q(given_up_at=None)), given_up=Count("pk", filter=~Q(given_up_at=None))
    )
    context = {
        "tab": ENTITY,
        "webhook": webhook,
        "topics": [(topic, TOPICS.get(topic, topic)) for topic in webhook.topics],
        **notices,
        "deliveries": NoticeDelivery.objects.filter(webhook=webhook).order_by("-pk")[:SHOWN],
        "case": ExceptionCase.objects.filter(
            organization=visit.organization, subject=subject_of(webhook), status=ExceptionCase.Status.ACTIVE
        ).first(),
    }
    return show(request, visit, "portal/webhooks/one.html", context)


@organization_view(Ability.DEVELOP)
@require_POST
def secret(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Make a new signing secret and show it, this once."""
    webhook = webhook_of(visit, pk)
    return _secret(
        request, visit, webhook, rotate_secret(webhook, author=visit.author, now=system_clock()), renewed=True
    )


def _form(
    request: HttpRequest, visit: Visit, form: WebhookForm, webhook: Webhook | None, mark: str = ""
) -> HttpResponse:
    context = {"tab": ENTITY, "form": form, "webhook": webhook, AS_OF: mark}
    return show(request, visit, "portal/webhooks/edit.html", context, status=400 if form.errors else 200)


def _secret(
    request: HttpRequest, visit: Visit, webhook: Webhook, secret: str, *, renewed: bool
) -> HttpResponse:
    context = {"tab": ENTITY, "webhook": webhook, "secret": secret, "renewed": renewed}
    return show(request, visit, "portal/webhooks/secret.html", context)
