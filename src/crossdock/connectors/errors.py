"""Errors of connectors, sorted by what to do next rather than by where they arose."""

from __future__ import annotations


class ConnectorError(Exception):
    """A call to an outside system that did not give what was asked for.

    `code` is stable and names the runbook page; `reason` is one sentence for a person; `field` and
    `remote_id` say what it is about, where known.
    """

    code = "connectorError"

    def __init__(self, reason: str, *, code: str = "", field: str = "", remote_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code or type(self).code
        self.field = field
        self.remote_id = remote_id


class Retry(ConnectorError):
    """The outside system is busy or down: ask again, not before `after` seconds (None: our own pace)."""

    code = "remoteUnavailable"

    def __init__(
        self, reason: str, *, after: float | None = None, code: str = "", remote_id: str = ""
    ) -> None:
        super().__init__(reason, code=code, remote_id=remote_id)
        self.after = after


class InDoubt(Retry):
    """A write whose answer was lost: it may or may not have happened. Read before writing again."""

    code = "answerLost"


class Reconnect(ConnectorError):
    """The credentials no longer open the account: stop calling, a person must connect again."""

    code = "needsReconnect"


class Refused(ConnectorError):
    """The outside system said no to this record or request; a person decides, the others go on."""

    code = "refused"


class Skip(ConnectorError):
    """There is nothing to do for this record, and nothing is wrong."""

    code = "skipped"


class Gone(Skip):
    """The record no longer exists in the outside system."""

    code = "gone"


class Unreadable(ConnectorError):
    """A document that does not say what it must: `field` names the part, `reason` the remedy."""

    code = "unreadable"
