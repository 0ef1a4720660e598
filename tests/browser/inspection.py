"""Looking at a page as axe does, and for what makes it awkward on a phone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = frozenset({"serious", "critical"})
MOST_NODES = 4
_axe = Axe()


def use_theme(page: Page, theme: str) -> None:
    """Show the page that is open in another theme."""
    page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)


def unfold(page: Page) -> list[str]:
    """Show what the page keeps folded, and name it: its details and dialogs."""
    kept = [one for one in ("dialog", "details") if page.locator(one).count()]
    page.evaluate("() => document.querySelectorAll('details, dialog').forEach(one => { one.open = true; })")
    return kept


def barriers(page: Page, *, rules: list[str] | None = None, within: list[str] | None = None) -> list[str]:
    """What axe holds to be serious or critical, a line each: by all its rules or some, everywhere or within some."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules is not None:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = _axe.run(page, context=within, options=options).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {_where(violation)}"
        for violation in found
        if violation["impact"] in GRAVE
    ]


def sticks_out(page: Page) -> list[str]:
    """What makes the page scroll sideways: the outermost elements that reach beyond its right edge."""
    found: list[str] = page.evaluate(
        """() => {
            const edge = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= edge) { return []; }
            const held = one => { for (let up = one.parentElement; up; up = up.parentElement) {
                if (getComputedStyle(up).overflowX !== 'visible' && up.getBoundingClientRect().right <= edge + 1) {
                    return true; } } return false; };
            const wide = [...document.body.querySelectorAll('*')].filter(
                one => one.getBoundingClientRect().right > edge + 1 && !held(one));
            const names = wide.filter(one => !wide.includes(one.parentElement)).map(
                one => `${one.tagName.toLowerCase()}.${one.className}: ${one.textContent.trim().slice(0, 40)}`);
            return [`scrolls sideways by ${document.documentElement.scrollWidth - edge} px`, ...names.slice(0, 5)];
        }"""
    )
    return found


def _where(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    shown = [f"{' '.join(map(str, node['target']))} [{node['html'][:140]}]" for node in nodes[:MOST_NODES]]
    more = len(nodes) - len(shown)
    return "; ".join([*shown, *([f"and {more} more"] if more else [])])
