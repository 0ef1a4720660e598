"""Reading a file, or standard input, that a command was given."""

from __future__ import annotations

import sys
from pathlib import Path

from crossdock.cli.codes import CommandError, Exit

LARGEST_FILE = 32 * 1024 * 1024


def content_of(file: str) -> bytes:
    """Return what is in `file`, standard input for ``-``. Raises a usage error."""
    try:
        if file == "-":
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}.", Exit.USAGE) from error
    if len(content) > LARGEST_FILE:
        raise CommandError(f"{file} is larger than {LARGEST_FILE // 2**20} MB; split it.", Exit.USAGE)
    return content
