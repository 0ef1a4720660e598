"""Logging: structured, one line an event, with every token taken out before it is written.

Libraries log through the standard module and pass the same processors, so a token in a library's message
is caught as well.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(
    r"(?i)(?:^|[_-])(?:token|secret|password|passwd|authorization|cookie|signature|api[_-]?key|secret[_-]?key"
    r"|credentials)s?$"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # name=value, name: value and "name": "value" for names that hold secrets.
    (
        re.compile(
            r"(?i)([\"']?\b(?:[a-z0-9]+[_-])*(?:token|client_secret|secret|password|api[_-]?key|authorization)\b[\"']?"
            r"\s*[=:]\s*)([\"']?)(?!\[hidden\]|(?:bearer|basic)\b)[^\s\"'&,;)}\]]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    # Ecwid's own tokens, wherever they stand.
    (re.compile(r"\b(secret|public)_[A-Za-z0-9]{12,}"), rf"\1_{HIDDEN}"),
    # An OAuth code works once, but until then it is as good as the token.
    (re.compile(r"([?&]code=)[^\s&\"']+"), rf"\1{HIDDEN}"),
    # Links of our own that open something for whoever has them: Django names the path of an answer that is an error.
    (
        re.compile(
            r"(/(?:invitation|account/email|password/new/[^/\s\"'?]+)/)(?!now\b|\[hidden\])[^\s\"'?]+"
        ),
        rf"\1{HIDDEN}",
    ),
    # The password in an address.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+@"), rf"\1{HIDDEN}@"),
)


def redacted(text: str) -> str:
    """`text` without the secrets in it: tokens, passwords, Authorization values, OAuth codes."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that applies `redacted` to every value, however deep."""
    return {key: _redacted_value(key, value) for key, value in event.items()}


def _redacted_value(key: object, value: object) -> object:
    if isinstance(key, str) and SECRET_NAMES.search(key) and value not in (None, "", False, True):
        return HIDDEN
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", errors="replace"))
    if isinstance(value, Mapping):
        return {name: _redacted_value(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted_value(None, item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    # Anything else would be printed through its own text, which may hold a token.
    return redacted(str(value))


def configure(level: str = "info", style: str | None = None, stream: TextIO | None = None) -> None:
    """Send all that is logged in this process to `stream` (standard error by default).

    `style` is `console` or `json`; None picks `console` on a terminal. The last call counts.
    """
    out = stream if stream is not None else sys.stderr
    console = style == "console" if style is not None else out.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty()) if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # One line per request of ours is said by the code that makes it, with the run it belongs to.
    for name in ("httpx2", "httpcore2", "procrastinate", "asyncio", "urllib3"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of one module; `name` is its `__name__`. Call it with an event and named values."""
    logger: Any = structlog.stdlib.get_logger(name)  # structlog declares it as Any
    return logger  # type: ignore[no-any-return]  # see above
