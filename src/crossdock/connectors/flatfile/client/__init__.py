"""Where files lie: a folder on this machine, or one on a server reached by SFTP."""

from crossdock.connectors.flatfile.client.opening import open_place
from crossdock.connectors.flatfile.client.place import MAX_BYTES, Entry, Place, Taken

__all__ = ["MAX_BYTES", "Entry", "Place", "Taken", "open_place"]
