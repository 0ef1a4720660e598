"""Exit codes: what came of a command, for scripts."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit code of every command."""

    OK = 0
    ATTENTION = 1
    USAGE = 2
    NOT_FOUND = 3
    REMOTE = 4
    SETUP = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.ATTENTION: "something failed or needs attention; the output says what",
    Exit.USAGE: "the command or its input is wrong",
    Exit.NOT_FOUND: "there is no such record",
    Exit.REMOTE: "the connected system refused, or must be connected again",
    Exit.SETUP: "the settings or the database cannot be used",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}


def table() -> str:
    """The exit codes as a paragraph for the help page."""
    return "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."


class CommandError(Exception):
    """A command cannot do what was asked: the message for a person, and the exit code."""

    def __init__(self, message: str, code: Exit = Exit.ATTENTION) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
