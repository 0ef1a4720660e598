"""A person at a browser: what they do, what they see, and everything that goes wrong meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from .chromium import PATIENCE

EMAIL = "ann@kaffewerk.test"
PASSWORD = "correct horse battery"
MOST_TEXT = 2500

expect.set_options(timeout=PATIENCE * 1000)


@dataclass
class Watch:
    """Notes what no page of ours may do: errors in the console, and requests to us that fail.

    A message of the Content-Security-Policy is an error in the console, too.
    """

    address: str
    wrong: list[str] = field(default_factory=list)
    _expected: set[int] = field(default_factory=set)

    def attach(self, page: Page) -> None:
        """Watch one more page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Refusals with these statuses are what the block is about."""
        self._expected |= set(statuses)
        try:
            yield
        finally:
            self._expected -= set(statuses)

    def _console(self, message: ConsoleMessage) -> None:
        # A refused request is noted with its status by `_answered`, and may be expected.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.wrong.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # Whoever goes on to another page leaves requests of the former one behind.
        if request.url.startswith(self.address) and request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if (
            response.url.startswith(self.address)
            and response.status >= 400
            and response.status not in self._expected
        ):
            self.wrong.append(f"{response.request.method} {response.url}: {response.status}")


@dataclass
class Person:
    """Somebody at a browser with one tab in front of them."""

    context: BrowserContext
    page: Page
    watch: Watch

    # -- hands

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(f"{self.watch.address}{path}")

    def press(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Press the button or link of that name; there must be one."""
        place = within or self.page
        place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name)).click()

    def fill(self, label: str | re.Pattern[str], value: str, *, within: Locator | None = None) -> None:
        """Write into the field of that label."""
        (within or self.page).get_by_label(label, exact=True).fill(value)

    def begin(self) -> None:
        """Create the first administrator on the welcome page."""
        self.go("/")
        expect(self.page).to_have_title(re.compile("Welcome"))
        self.fill("Name of your shop or company", "Kaffewerk Roastery")
        self.fill("Your e-mail", EMAIL)
        self.fill("Password", PASSWORD)
        self.fill("Password, once more", PASSWORD)
        self.press("Create administrator")
        expect(self.page).not_to_have_url(re.compile("/welcome"))

    def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Log in on the login page."""
        self.go("/login")
        self.fill("E-mail or user name", email)
        self.fill("Password", password)
        self.press("Log in")
        expect(self.page).not_to_have_url(re.compile("/login"))

    # -- eyes

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page says it."""
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    def until_there(self, wanted: Locator, seconds: float = PATIENCE) -> None:
        """Load the page again until it has the element, as somebody does who expects it to come."""
        deadline = time.monotonic() + seconds
        while not wanted.is_visible():
            assert time.monotonic() < deadline, f"not there within {seconds:.0f} s: {wanted}"
            self.page.wait_for_timeout(200)
            self.page.reload()

    def found_nothing_wrong(self) -> None:
        """Fail with all that went wrong so far."""
        assert self.watch.wrong == []

    def leave_evidence(self, folder: Path) -> str:
        """Save every tab as a picture and as text; returns what is worth printing."""
        folder.mkdir(parents=True, exist_ok=True)
        told = []
        for number, page in enumerate(self.context.pages):
            text = _text(page)
            (folder / f"tab-{number}.txt").write_text(f"{page.url}\n\n{text}\n", encoding="utf-8")
            (folder / f"tab-{number}.html").write_text(page.content(), encoding="utf-8")
            page.screenshot(path=folder / f"tab-{number}.png", full_page=True, timeout=15000)
            told.append(f"tab {number} at {page.url}, {page.title()!r}:\n{text[:MOST_TEXT]}")
        told.extend(f"WRONG {line}" for line in self.watch.wrong)
        return "\n\n".join([f"Pictures and pages are in {folder}", *told])


def _text(page: Page) -> str:
    """What the page says, without empty lines and without the choices of its lists."""
    choices = {text.strip() for text in page.locator("option").all_text_contents()}
    lines = (line.strip() for line in page.locator("body").inner_text(timeout=5000).splitlines())
    return "\n".join(line for line in lines if line and line not in choices)
