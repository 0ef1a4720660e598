"""What people are told, as text, as HTML and as JSON: pure, grouped by cause, with links into the portal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

SHOWN = 10
"""Exceptions listed for one cause; the others are counted."""


@dataclass(frozen=True)
class Item:
    """One exception, as it is told."""

    key: str
    code: str
    subject: str
    message: str
    integration: str = ""


@dataclass(frozen=True)
class Letter:
    """One message. `data` is what a webhook gets: its ``text`` alone is what chat programs show."""

    subject: str
    text: str
    html: str
    data: dict[str, object]


def words(code: str) -> str:
    """Return a code as words: ``noRoute`` becomes ``No route``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", code).capitalize()


def compose(
    organization: str, org_key: str, portal: str, opened: Sequence[Item], closed: Sequence[Item] = ()
) -> Letter:
    """Return the letter about what opened and, where that is wanted, what has closed. `portal` is its address."""
    head = _headline(len(opened), len(closed))
    lines, parts = (
        [f"{organization}: {head}.", ""],
        [f"<p><strong>{escape(organization)}</strong>: {head}.</p>"],
    )
    for title, items in (("", opened), ("No longer open", closed)):
        if title and items:
            lines += [title, "-" * len(title), ""]
            parts.append(f"<h2>{title}</h2>")
        for code, group in _by_cause(items):
            link = f"{portal}/exceptions?code={code}" + ("&status=resolved" if title else "")
            lines += [f"{words(code)} ({len(group)})", f"  {link}"]
            parts.append(f'<h3><a href="{escape(link)}">{escape(words(code))}</a> ({len(group)})</h3><ul>')
            for item in group[:SHOWN]:
                about = item.subject + (f", {item.integration}" if item.integration else "")
                lines.append(f"  - {_flat(item.message)} ({_flat(about)})")
                parts.append(
                    f"<li>{escape(_flat(item.message))} <small>({escape(_flat(about))})</small></li>"
                )
            if len(group) > SHOWN:
                lines.append(f"  - and {len(group) - SHOWN} more")
                parts.append(f"<li>and {len(group) - SHOWN} more</li>")
            lines.append("")
            parts.append("</ul>")
    foot = f"{portal}/exceptions shows all that is open. Who is told of what: {portal}/settings/notifications"
    lines.append(foot)
    parts.append(
        f'<p><a href="{escape(portal)}/exceptions">All that is open</a> · '
        f'<a href="{escape(portal)}/settings/notifications">Who is told of what</a></p>'
    )
    data: dict[str, object] = {
        "text": "\n".join(lines), "orgKey": org_key, "organization": organization,
        "opened": [_entry(item) for item in opened], "closed": [_entry(item) for item in closed],
    }  # fmt: skip
    return Letter(f"{organization}: {head}", "\n".join(lines) + "\n", _page(parts), data)


def trial_letter(organization: str, org_key: str, portal: str, rule: str) -> Letter:
    """Return a letter that only shows that it arrives."""
    text = f"{organization}: this is a test of the notification rule “{rule}”. Nothing has happened.\n\n{portal}\n"
    html = _page(
        [f"<p>{escape(text.splitlines()[0])}</p>", f'<p><a href="{escape(portal)}">{escape(portal)}</a></p>']
    )
    data: dict[str, object] = {
        "text": text.strip(), "orgKey": org_key, "organization": organization, "opened": [], "closed": [],
    }  # fmt: skip
    return Letter(f"{organization}: a test from Crossdock", text, html, data)


def _headline(opened: int, closed: int) -> str:
    said = []
    if opened:
        said.append(f"{opened} new {'exception needs' if opened == 1 else 'exceptions need'} attention")
    if closed:
        said.append(f"{closed} {'is' if closed == 1 else 'are'} no longer open")
    return ", ".join(said)


def _by_cause(items: Sequence[Item]) -> list[tuple[str, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.code, []).append(item)
    return sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _entry(item: Item) -> dict[str, str]:
    return {
        "exceptionId": item.key, "code": item.code, "subject": item.subject, "message": item.message,
        "integration": item.integration,
    }  # fmt: skip


def _flat(text: str) -> str:
    return " ".join(text.split())


def _page(parts: Sequence[str]) -> str:
    return f'<!doctype html><html lang="en"><body>{"".join(parts)}</body></html>'
