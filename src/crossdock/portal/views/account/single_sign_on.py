"""Logging in through the organization's own provider: there, and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crossdock.config.sign_on import SignOn
from crossdock.portal.access import plain
from crossdock.portal.actions import way_back
from crossdock.portal.identity.single_sign_on import OurAdapter, provider_key, sign_on


@never_cache
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Lead the browser to the provider by a page; what it brings back is bound to this session.

    Not by a redirect: browsers hold every host that the answer to a form leads to against the content policy, and
    where a provider's login pages are is known to the provider alone.
    """
    ours = _provider()
    try:
        provider = get_adapter(request).get_provider(request, provider_key(ours.issuer))
        answer: HttpResponse = provider.redirect(
            request, process=AuthProcess.LOGIN, next_url=way_back(request, reverse("portal:home"))
        )
    except (OSError, OAuth2Error, SocialApp.DoesNotExist):
        return plain(
            request, "The provider does not answer",
            "Single sign-on cannot be used at the moment. Try again, or log in with your password.",
            status=502, way_on=("Log in", reverse("portal:login")),
        )  # fmt: skip
    address = answer.headers.get("Location")
    if address is None:
        return answer
    context = {"address": address, "host": urlsplit(address).hostname, "name": ours.name}
    return render(request, "portal/account/leaving.html", context)


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Take what the provider sends back, and let the person in if they belong here."""
    adapter = OurAdapter(request, provider_key(_provider().issuer))
    answer: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    return answer


def _provider() -> SignOn:
    ours = sign_on()
    if ours is None:
        raise Http404
    return ours
