# ruff: noqa: N815  # attribute names are the JSON names of the control API
"""The fault dial: making chosen calls fail in chosen ways."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecwid_twin.wire.message import Doc, Reply, encode

HTML = b"<html><head><title>%d</title></head><body><h1>%d %s</h1><hr>edge</body></html>"


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls that match.

    `method` is a method or empty for any; `path` a regular expression searched in the full path. `skip` lets
    that many matching calls through first. `apply` carries the call out before its answer is spoilt.
    The answer is replaced when `status` is set (with `body`, an error body, or an HTML page), cut to
    `truncate` bytes, delayed by `delay` seconds; `drop` closes the connection without one. `drift` orders are
    placed, and found by searches at once, before the call is carried out: pages shift while they are read.
    """

    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    apply: bool = False
    status: int = 0
    code: str = ""
    message: str = ""
    body: str | None = None
    html: bool = False
    retryAfter: int | None = None
    truncate: int | None = None
    delay: float = 0.0
    drop: bool = False
    drift: int = 0

    def wants(self, method: str, path: str) -> bool:
        """Whether this fault strikes a call; counts it down."""
        if self.times <= 0 or (self.method and self.method != method) or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    @property
    def applies(self) -> bool:
        """Whether the call is carried out before its answer is spoilt."""
        return self.apply or not (self.status or self.drop)

    def spoil(self, reply: Reply | None) -> Reply:
        """The answer sent instead of `reply` (None when the call was not carried out)."""
        if self.status:
            return self._refusal()
        return reply or Reply(500)

    def _refusal(self) -> Reply:
        headers = {} if self.retryAfter is None else {"Retry-After": str(self.retryAfter)}
        if self.html:
            page = HTML % (self.status, self.status, self.message.encode())
            return Reply(self.status, page, "text/html;charset=UTF-8", headers)
        if self.body is not None:
            return Reply(self.status, self.body.encode(), headers=headers)
        code = self.code or ("INTERNAL_ERROR" if self.status >= 500 else "WRONG_PARAMETER")
        return Reply(
            self.status,
            encode({"errorCode": code, "errorMessage": self.message or "Injected fault"}),
            headers=headers,
        )


class Dial:
    """The faults waiting for their calls, first come first served."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def set(self, wanted: Doc) -> Fault:
        """Add a fault. Raises ValueError for an unknown field or a path that is no regular expression."""
        unknown = set(wanted) - set(Fault.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown fault field: {', '.join(sorted(unknown))}")
        fault = Fault(**wanted)
        try:
            re.compile(fault.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from None
        fault.method = fault.method.upper()
        self.faults.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this call, if any; used-up faults are forgotten."""
        if not self.faults:
            return None
        for fault in self.faults:
            if fault.wants(method, path):
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Forget all waiting faults."""
        self.faults.clear()
