"""PostgreSQL from a wheel, started and stopped with the processes that use it.

Only the wheel's programs are used, not its Python wrapper: as root that wrapper opens every folder above
the data and above the installation to everybody, and it counts its users by process id, which `kill -9` and
a reboot upset. Here the users of a server hold a shared file lock (the kernel lets go of it however they
die), and a keeper process waits for that lock to become free and then stops the server.
"""

from __future__ import annotations

from crossdock.embedded.errors import EmbeddedPostgresError
from crossdock.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
