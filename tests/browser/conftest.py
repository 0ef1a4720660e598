"""Debian's Chromium, driven by Playwright, before a hub and a stand-in store that really run.

Playwright keeps an event loop in this thread while it runs, and Django's models refuse to work beside one: the
fixtures end with their module, and nothing here touches a model.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from .chromium import DESKTOP, PATIENCE, launch
from .house import House, open_house
from .person import Person, Watch

EVIDENCE = Path(__file__).parents[2] / "build" / "browser"

Arrive = Callable[..., Person]


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    """The environment of child processes: ours without the settings of the tests."""
    import os

    ours = ("CROSSDOCK_", "DJANGO_", "PYTEST_", "TESTS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture(scope="module")
def prepare() -> tuple[str, ...]:
    """A command to run before the hub starts; a module may have one of its own."""
    return ()


@pytest.fixture(scope="module")
def house(database_url: str, environ: dict[str, str], prepare: tuple[str, ...]) -> Iterator[House]:
    """A hub that nobody has used yet, and a store with forty orders: one for each module of tests."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-browser-"))
    try:
        with open_house(database_url, folder, environ, prepare=prepare) as house:
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with a fresh profile that reaches this machine only."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def arrive(house: House, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """Somebody sits down at a browser of their own: `arrive()`, or `arrive(size=PHONE, theme="dark")`.

    At the end of the test nothing may have gone wrong in any of them.
    """
    people: list[Person] = []

    def sit_down(size: tuple[int, int] = DESKTOP, theme: Any = "light", **more: Any) -> Person:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, locale="en-US",
            reduced_motion="reduce", **more,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE * 1000)
        watch = Watch(house.address)
        context.on("page", watch.attach)
        people.append(Person(context, context.new_page(), watch))
        return people[-1]

    request.node.people, request.node.house = people, house
    try:
        yield sit_down
        for person in people:
            person.found_nothing_wrong()
    finally:
        for person in people:
            person.context.close()


@pytest.fixture
def person(arrive: Arrive) -> Person:
    """Somebody at a desktop."""
    return arrive()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Put what the browser showed beside a failure, in a folder and in words."""
    report = yield
    if report.failed and call.when == "call":
        for number, person in enumerate(getattr(item, "people", [])):
            folder = EVIDENCE / re.sub(r"[^\w.-]+", "-", item.name) / f"browser-{number}"
            report.sections.append((f"browser {number}", _told(person, folder)))
        if hasattr(item, "house"):
            report.sections.append(("hub", item.house.said()))
    return report


def _told(person: Person, folder: Path) -> str:
    try:
        return person.leave_evidence(folder)
    except Exception as error:  # noqa: BLE001 - the failure itself must still be told
        return f"The browser could not be asked any more: {error}"


@contextmanager
def next_tab(person: Person) -> Iterator[Callable[[], Person]]:
    """Catch the tab that the block opens: call what it gives afterwards."""
    with person.context.expect_page() as caught:
        yield lambda: Person(person.context, caught.value, person.watch)
