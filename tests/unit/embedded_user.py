"""A process of its own that uses an embedded database until it is told to stop; for the tests, not a test.

`python -m`-less on purpose: it runs under other accounts and interpreters too.
Arguments: the data folder. Prints the address of the database once it is open, and ends when its input ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from crossdock.embedded import EmbeddedPostgres

if __name__ == "__main__":
    with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as server:
        print(server.url, flush=True)  # noqa: T201 - this is how the test hears of it
        sys.stdin.read()
