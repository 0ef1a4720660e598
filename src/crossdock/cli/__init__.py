"""The command line: one module per noun. Nothing here is slow to import, so help and completion are quick."""

from crossdock.cli.application import app, main

__all__ = ["app", "main"]
