"""Fills a hub with the sample shop of the portal's tests, and prints the address of every page there is.

Run as a program of its own with the hub's settings: the models would not work beside Playwright's event loop.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crossdock import runtime

HELPERS = Path(__file__).parents[1] / "unit" / "portal"
LANDMARKS = ("/nowhere",)
"""Addresses that no page of ours has: the page that says so is a page, too."""


def main() -> None:
    """Fill the hub, and print a JSON list of addresses that answer with a page."""
    sys.path.append(str(HELPERS))
    with runtime.start():
        from addresses import address, patterns
        from django.test import Client
        from sample_shop import open_shop

        from crossdock.hub.clock import system_clock

        shop = open_shop(system_clock(), orders=16)
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(shop.user)
        found = []
        for pattern in patterns():
            where = address(pattern, shop)
            answer = client.get(where)
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                found.append(where)
        json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
