"""Fills a hub with the sample shop of the portal's tests, and prints the address of every page there is.

Run as a program of its own with the hub's settings: the models would not work beside Playwright's event loop.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crossdock import runtime

HELPERS = Path(__file__).parents[1] / "unit" / "portal"
VISITOR = "vera@kaffewerk.test"
"""The administrator who looks at the pages; her password is that of the sample shop."""


def main() -> None:
    """Fill the hub, and print a JSON list of addresses that answer with a page."""
    sys.path.append(str(HELPERS))
    with runtime.start():
        from addresses import address, patterns
        from django.test import Client
        from sample_shop import member, open_shop

        from crossdock.hub.clock import system_clock

        shop = open_shop(system_clock(), orders=16)
        client = Client(SERVER_NAME="127.0.0.1")
        # Somebody without passkeys: those that addresses are made of open no door.
        client.force_login(member(shop.organization, VISITOR))
        found = []
        for pattern in patterns():
            where = address(pattern, shop)
            answer = client.get(where)
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                found.append(where)
        json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
