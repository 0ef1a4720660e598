"""`python -m crossdock` is the same as `crossdock`."""

from __future__ import annotations

from crossdock.cli import main

if __name__ == "__main__":
    main()
