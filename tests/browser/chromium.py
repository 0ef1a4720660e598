"""Debian's Chromium with a fresh profile, reaching this machine only."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

MISSING = "Chromium is missing, which this drives. Install it: apt-get install -y chromium"
FLAGS = (
    "--no-sandbox",  # root has no other way, and all pages are ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE = 60.0
"""Seconds that the browser may take to start or to show something, on a machine that many share."""
DESKTOP, PHONE = (1440, 900), (390, 844)


def launch(playwright: Playwright) -> Browser:
    """Start it, without a window."""
    program = shutil.which("chromium")
    assert program is not None, MISSING
    return playwright.chromium.launch(executable_path=program, args=list(FLAGS), timeout=PATIENCE * 1000)
