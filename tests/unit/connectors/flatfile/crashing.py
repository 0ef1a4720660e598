"""A process that dies at a chosen call of the operating system, just before or just after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from crossdock.connectors.flatfile.client import local, renaming

CALLS = ("open", "fsync", "rename", "unlink", "mkdir")


class Died(BaseException):
    """The process is gone. No code of ours may catch it."""


@contextmanager
def dying(at: int, *, after: bool) -> Iterator[list[int]]:
    """Let the process die at the call numbered `at`, from 0. Yields a list that holds what was counted."""
    counter, seen = count(), [0]

    def fatal(call):  # type: ignore[no-untyped-def]  # takes what the call takes
        def wrapped(*arguments, **named):  # type: ignore[no-untyped-def]
            number = next(counter)
            seen[0] = number + 1
            if number == at and not after:
                raise Died
            try:
                return call(*arguments, **named)
            finally:
                if number == at:
                    raise Died

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, fatal(getattr(os, name)))
        patch.setattr(local, "rename_new", fatal(renaming.rename_new))
        yield seen


def points(run) -> Iterator[tuple[int, bool]]:  # type: ignore[no-untyped-def]
    """Give every point at which `run` can die; `run` is called once, unharmed, to count them."""
    with dying(-1, after=False) as seen:
        run()
    for number in range(seen[0]):
        yield number, False
        yield number, True
