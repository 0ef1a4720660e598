"""The API for programs: ``/api/v3/``, described by ``/api/v3/openapi.json``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from crossdock.api import errors, fulfillments, inventory, shipments
from crossdock.api.authentication import KeyHeader
from crossdock.hub.documents import to_json


class ExactRenderer(BaseRenderer):
    """Writes answers as JSON with amounts digit for digit."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> str:  # noqa: ARG002 - Ninja's
        """Return `data` as JSON text."""
        return to_json(data, indent=0)


api = NinjaAPI(
    title="Crossdock",
    version="3",
    description="What a warehouse is to ship, what it shipped, and what it counted.",
    auth=KeyHeader(),
    renderer=ExactRenderer(),
    docs_url=None,
    urls_namespace="rest",
)
errors.install(api)
api.add_router("/shipments", shipments.router)
api.add_router("/fulfillments", fulfillments.router)
api.add_router("/inventory", inventory.router)
