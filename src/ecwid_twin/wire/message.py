"""A call and its reply, free of any web framework, so that a batch can make calls too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

JSON = Any  # any JSON value: what a client sends is checked where it is used
Doc = dict[str, Any]  # a stored JSON object: its shape is the shop's, not fixed by us

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

JSON_TYPE = "application/json;charset=UTF-8"
REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def encode(value: JSON) -> bytes:
    """JSON bytes of `value`, compact, UTF-8."""
    return _encoder.encode(value)


def decode(raw: bytes | str) -> JSON:
    """The JSON value in `raw`. Raises `msgspec.DecodeError` when it is not JSON."""
    return _decoder.decode(raw)


@dataclass(slots=True)
class Call:
    """One request: from the network, or an inner call of a batch (`ticket` set).

    `path` is the raw, still percent-encoded path; `headers` have lower-case names.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    ip: str = "127.0.0.1"
    ticket: str = ""
    token: str = ""


@dataclass(slots=True)
class Reply:
    """One answer. `body` is sent as it is."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


def answer(value: JSON, status: int = 200) -> Reply:
    """A JSON reply."""
    return Reply(status, encode(value))
