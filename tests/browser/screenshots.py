"""Pictures of every screen: light and dark, on a desktop and on a phone, with the demo's data.

    make screenshots                       # all, into build/screenshots, with index.html to look at them
    make screenshots ARGS=--docs           # those of the docs, too, into docs/pictures
    make screenshots ARGS="--only orders"

The demo's store, hub and database run meanwhile, in a folder of their own that goes at the end.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from crossdock.demo.narrator import Narrator
from crossdock.demo.play import Play, Result

from .chromium import DESKTOP, PATIENCE, PHONE, launch

if TYPE_CHECKING:
    from .screens import Screen

ROOT = Path(__file__).parents[2]
EVERYTHING, DOCS = ROOT / "build" / "screenshots", ROOT / "docs" / "pictures"
TALLEST = 2400
"""Pixels of a page that a picture shows at most."""
PRESSED = 10
"""Seconds that something may take until it can be pressed."""
LARGEST = 250_000
"""Bytes of a picture in the docs at most."""
PRODUCT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><rect width="80" height="80" fill="#d7e4e2"/>'
    '<path d="M20 32l20-10 20 10v22L40 64 20 54z" fill="#0f766e"/><path d="M20 32l20 9 20-9M40 41v23" '
    'fill="none" stroke="#fff" stroke-width="2"/></svg>'
)
Theme = Literal["light", "dark"]
SIZES = {"desktop": DESKTOP, "phone": PHONE}
THEMES: tuple[Theme, ...] = ("light", "dark")
IN_DOCS: dict[str, tuple[str, str, Theme]] = {
    "home": ("home", "desktop", "light"),
    "connect-flows": ("connect-flows", "desktop", "light"),
    "connect": ("connect-account", "desktop", "light"),
    "whats-next": ("connect-next", "desktop", "light"),
    "plan": ("integrations-switch", "desktop", "light"),
    "orders": ("orders", "desktop", "light"),
    "order": ("orders-one", "desktop", "light"),
    "exceptions": ("exceptions", "desktop", "light"),
    "inventory": ("inventory", "desktop", "light"),
    "why": ("inventory-why", "desktop", "light"),
    "members": ("settings-members", "desktop", "light"),
}
"""The pictures of the docs: which screen, how large, and in which theme."""
HIGHER = {"home": 1240}
"""How high a window has to be, where a usual one does not show all that its picture is about."""


def main(arguments: list[str] | None = None) -> None:
    """Start the demo, take the pictures, and say where they are."""
    parser = argparse.ArgumentParser(
        prog="screenshots", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--docs", action="store_true", help="refresh the pictures of the docs, too")
    parser.add_argument("--only", default="", help="only screens whose names contain this")
    parser.add_argument("--orders", type=int, default=300, help="how many past orders the store has")
    chosen = parser.parse_args(arguments)
    with Play(Narrator(sys.stderr), orders=chosen.orders, seed=1) as play:
        result = play.run()
        screens, cookies = _prepared(result)
        wanted = [one for one in screens if chosen.only in one.name]
        # The models refuse to work beside Playwright: everything of the database comes before.
        with sync_playwright() as playwright:
            browser = launch(playwright)
            camera = Camera(browser, result.portal_url, cookies)
            camera.log_in(result.email, result.password)
            if chosen.docs:
                camera.take_for_docs(wanted)
            camera.take_all(wanted)
            browser.close()
    if camera.faults:
        sys.exit("\n".join(["These pictures do not show what they should:", *dict.fromkeys(camera.faults)]))


def _prepared(result: Result) -> tuple[list[Screen], dict[str, dict[str, str]]]:
    from crossdock.hub.models import Integration

    from .front_screens import front_screens, sessions
    from .furnishing import furnish
    from .screens import screens

    integration = Integration.objects.filter(connector="ecwid", state="connected").get()
    furnished = furnish(integration, result)
    found = [*screens(integration, *furnished), *front_screens(integration.organization)]
    return found, sessions(integration.organization)


class Camera:
    """A browser that takes pictures as whoever looks: each has cookies of their own."""

    def __init__(self, browser: Browser, address: str, cookies: dict[str, dict[str, str]]) -> None:
        self._browser, self._address = browser, address
        self._cookies = dict(cookies)
        self.faults: list[str] = []
        """Screens that are not what they should be."""

    def log_in(self, email: str, password: str) -> None:
        """Log in as the administrator, on the login page."""
        page = self._sit_down("desktop", "light", "nobody").new_page()
        page.goto(f"{self._address}/login")
        page.get_by_label("E-mail or user name", exact=True).fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{self._address}/")
        self._cookies["owner"] = {one["name"]: one["value"] for one in page.context.cookies()}
        page.context.close()

    def take_all(self, screens: list[Screen]) -> None:
        """Take every screen in every theme and size, and make a page to look at them all."""
        shutil.rmtree(EVERYTHING, ignore_errors=True)
        EVERYTHING.mkdir(parents=True)
        for size, theme in itertools.product(SIZES, THEMES):
            for who, theirs in itertools.groupby(
                sorted(screens, key=lambda one: one.who), lambda one: one.who
            ):
                context = self._sit_down(size, theme, who)
                page = context.new_page()
                for screen in theirs:
                    print(f"{size} {theme} {screen.name}", flush=True)
                    self._show(page, screen, size)
                    if not screen.press:
                        _unroll(page, size)
                    page.screenshot(path=EVERYTHING / f"{screen.name}-{size}-{theme}.png")
                context.close()
        (EVERYTHING / "index.html").write_text(_contact_sheet(screens), encoding="utf-8")
        print(f"Look at {EVERYTHING / 'index.html'}")

    def take_for_docs(self, screens: list[Screen]) -> None:
        """Take the pictures of the docs, as much of each page as a window shows."""
        by_name = {screen.name: screen for screen in screens}
        DOCS.mkdir(parents=True, exist_ok=True)
        for name, (screen, size, theme) in IN_DOCS.items():
            if screen not in by_name:
                continue
            context = self._sit_down(size, theme, by_name[screen].who)
            page = context.new_page()
            self._show(page, by_name[screen], size)
            if name in HIGHER:
                page.set_viewport_size({"width": SIZES[size][0], "height": HIGHER[name]})
            path = DOCS / f"{name}.png"
            page.screenshot(path=path)
            context.close()
            taken = path.stat().st_size
            print(f"{path.relative_to(ROOT)}: {taken} bytes{' (TOO LARGE)' if taken > LARGEST else ''}")

    def _sit_down(self, size: str, theme: Theme, who: str) -> BrowserContext:
        width, height = SIZES[size]
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale="en-US", reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE * 1000)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self._address}
                for name, value in self._cookies.get(who, {}).items()
            ]
        )
        # The invented products have pictures at an invented address.
        context.route(
            re.compile("^https://"), lambda route: route.fulfill(content_type="image/svg+xml", body=PRODUCT)
        )
        return context

    def _show(self, page: Page, screen: Screen, size: str) -> None:
        address = f"{self._address}{screen.path}"
        if screen.page:
            page.route(
                address, lambda route: route.fulfill(content_type="text/html", body=screen.page), times=1
            )
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        answer = page.goto(address)
        if answer is None or answer.status != screen.status:
            self.faults.append(
                f"{screen.name}: {answer and answer.status} at {screen.path}, not {screen.status}"
            )
        page.wait_for_load_state("networkidle")
        try:
            for selector in screen.press:
                page.locator(selector).first.click(timeout=PRESSED * 1000)
            if screen.awaits:
                page.locator(screen.awaits).first.wait_for()
        except PlaywrightError as error:
            self.faults.append(f"{screen.name} ({size}): {str(error).splitlines()[0]}")


def _unroll(page: Page, size: str) -> None:
    """Make the window as high as the page, within reason, and no lower than usual: a picture shows all of it."""
    width, height = SIZES[size]
    tall = int(page.evaluate("() => document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": max(min(tall, TALLEST), height)})
    page.wait_for_load_state("networkidle")


def _contact_sheet(screens: Iterable[Screen]) -> str:
    rows = []
    for screen in screens:
        pictures = "".join(
            f'<a href="{screen.name}-{size}-{theme}.png"><img loading="lazy" alt="{size}, {theme}" '
            f'src="{screen.name}-{size}-{theme}.png" height="420"></a>'
            for size, theme in itertools.product(SIZES, THEMES)
        )
        rows.append(f"<h2>{escape(screen.name)} <small>{escape(screen.path)}</small></h2><p>{pictures}</p>")
    style = "body{font:15px sans-serif;margin:2rem}img{margin:.25rem;border:1px solid #bbb}small{color:#777}"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Screens</title><style>{style}</style>"
        f"<h1>Every screen</h1>{''.join(rows)}</html>\n"
    )


if __name__ == "__main__":
    main()
