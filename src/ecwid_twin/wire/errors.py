"""Refusals as Ecwid words them: an HTTP status, a code, a message (ecwid-api/conventions.md §11)."""

from __future__ import annotations

from ecwid_twin.wire.message import Doc, Reply, encode


class ApiError(Exception):
    """A call is refused. `body` None means an empty body; without `code` the body has only the message."""

    def __init__(self, status: int, code: str = "", message: str = "", *, empty: bool = False) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.empty = empty
        self.headers: dict[str, str] = {}
        self.body: Doc | None = None

    def reply(self) -> Reply:
        """The refusal as an HTTP answer."""
        if self.empty:
            return Reply(self.status, b"", headers=self.headers)
        body = self.body
        if body is None:
            body = {"errorCode": self.code} if self.code else {}
            body["errorMessage"] = self.message
        return Reply(self.status, encode(body), headers=self.headers)


def wrong_parameter(name: str, value: object, expected: str) -> ApiError:
    """400 for a parameter or a body field whose value cannot be used."""
    return ApiError(400, "WRONG_PARAMETER", f"Wrong parameter '{name}' value: '{value}', expected {expected}")


def not_found(kind: str, identity: object) -> ApiError:
    """404 for a record; `kind` is `Order`, `Product`, `Combination`..."""
    return ApiError(404, f"{kind.upper()}_NOT_FOUND", f"{kind} #{identity} not found")


def store_not_found() -> ApiError:
    """404 for a store id that does not exist."""
    return ApiError(404, "STORE_NOT_FOUND", "Store not found")


def method_not_allowed() -> ApiError:
    """405: the path exists, the method does not."""
    return ApiError(405, "METHOD_NOT_ALLOWED", "Method not allowed")


def wrong_content_type() -> ApiError:
    """415: a JSON endpoint was sent something else."""
    return ApiError(415, "", "Unsupported Media Type: expected application/json")


def scope_missing(scope: str) -> ApiError:
    """403: the token lives but may not do this."""
    return ApiError(403, "INSUFFICIENT_APP_SCOPE", f"Application does not have the required scope: {scope}")


def bad_token(*, empty: bool) -> ApiError:
    """403 for a dead or made-up token: an empty body as observed, or the documented code."""
    return ApiError(403, "INVALID_API_TOKEN", "Invalid API token", empty=empty)


def not_on_plan(message: str = "Feature not available on current plan") -> ApiError:
    """402: the plan has no API, or not this part of it."""
    return ApiError(402, "NOT_AVAILABLE_ON_CURRENT_PLAN", message)


def suspended() -> ApiError:
    """402: the store is suspended."""
    return ApiError(402, "STORE_IS_SUSPENDED", "Store is suspended")


def rate_limited(seconds: int) -> ApiError:
    """429 with `Retry-After` in whole seconds."""
    error = ApiError(429, "RATE_LIMITED", "Too many requests")
    error.headers["Retry-After"] = str(max(1, seconds))
    return error


def legacy(status: int, message: str) -> ApiError:
    """An error of the older endpoints: a message without a code."""
    return ApiError(status, "", message)
