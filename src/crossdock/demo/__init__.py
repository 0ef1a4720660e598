"""The demo: the whole road, from a store's consent page to stock and tracking back in the store, proven.

The stand-in store runs as a process of its own and is spoken to over HTTP only; the hub's web server and
worker are the real ones. Nothing here knows the store's connector.
"""

from crossdock.demo.command import command

__all__ = ["command"]
