"""What a program is told when something is wrong: the field and the remedy, in the platform's envelope."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from crossdock.hub.api_keys import ApiKeyError
from crossdock.hub.listing import AmbiguousError, ListingError, NotFoundError
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.stock.inventory import InventoryError


class ApiError(Exception):
    """A request that is answered with `status`: `field` is what is wrong, `message` how to mend it."""

    def __init__(self, status: int, field: str, message: str) -> None:
        super().__init__(message)
        self.status, self.field, self.message = status, field, message


def install(api: NinjaAPI) -> None:
    """Have every expected error answered in one form; anything else is a defect and is answered with 500."""

    def answer(request: HttpRequest, status: int, field: str, message: str) -> HttpResponse:
        errors = [{"field": field, "message": message}] if field else []
        body = {"success": False, "code": status, "message": message, "errors": errors}
        return api.create_response(request, body, status=status)

    def refused(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        return answer(request, 422, getattr(error, "field", ""), getattr(error, "message", str(error)))

    @api.exception_handler(ApiError)
    def _(request: HttpRequest, error: ApiError) -> HttpResponse:
        return answer(request, error.status, error.field, error.message)

    @api.exception_handler(AuthenticationError)
    def _(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001 - it says nothing
        return answer(request, 401, "X-Crossdock-Key", "send a valid key in the header X-Crossdock-Key")

    @api.exception_handler(HttpError)
    def _(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            return answer(request, 422, "body", "the body is not JSON; nothing was recorded")
        return answer(request, error.status_code, "", str(error))

    @api.exception_handler(ValidationError)
    def _(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"field": ".".join(str(part) for part in one["loc"][1:]), "message": str(one["msg"])}
            for one in error.errors
        ]
        body = {
            "success": False, "code": 422, "message": "the request is not what this address takes",
            "errors": errors,
        }  # fmt: skip
        return api.create_response(request, body, status=422)

    @api.exception_handler(NotFoundError)
    def _(request: HttpRequest, error: NotFoundError) -> HttpResponse:
        return answer(request, 404, "", str(error).partition(" `crossdock")[0])

    for kind in (ShippingError, InventoryError, ApiKeyError, ListingError, AmbiguousError):
        api.add_exception_handler(kind, refused)
