"""Walking the portal by its own links, and every form that stands on the way with what it would send."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

MOST_OF_A_KIND = 2
"""How many pages of one name are looked at: the hundredth order has the forms of the second."""
_UNSENT = ("button", "submit", "image", "reset")


@dataclass
class Form:
    """A form: the name of its address, the address, its fields as they stand there, and which of them choose."""

    name: str = ""
    action: str = ""
    post: bool = False
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """What it sends, the token of forgery protection left out."""
        return [name for name in self.fields if name != "csrfmiddlewaretoken"]


class _Reader(HTMLParser):
    """Collects the links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, bool] | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a form, or a field of the form that is open."""
        given = {name: value or "" for name, value in attrs}
        self.links += [
            given[name] for name in ("href", "hx-get", "data-chart") if name in given and tag != "link"
        ]
        if tag == "form":
            self._form = Form(action=given.get("action", ""), post=given.get("method", "").lower() == "post")
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag == "option" and self._select is not None:
            name, chosen = self._select
            if "selected" in given or not chosen:
                values = self._form.fields[name]
                values[:] = [given.get("value", "")] if not chosen else [*values, given.get("value", "")]
                self._select = (name, True)
        elif given.get("name"):
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, kind = given["name"], given.get("type", "text")
        values = form.fields.setdefault(name, [])
        if tag == "select":
            self._select = (name, "multiple" in given)
            form.choices.add(name)
        elif tag == "textarea":
            self._text = name
        elif kind in ("radio", "checkbox"):
            form.choices.add(name)
            if "checked" in given:
                values.append(given.get("value", "on"))
        elif kind == "file":
            form.files.add(name)
        elif kind not in _UNSENT or tag == "button":
            values.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        """Take the text of a text area."""
        if self._text is not None and self._form is not None:
            self._form.fields[self._text] = [data]


def name_of(where: str) -> str:
    """The name of the portal's page at an address; nothing for what is no page of it."""
    try:
        found = resolve(urlsplit(where).path)
    except Resolver404:
        return ""
    return str(found.url_name) if found.namespace == "portal" else ""


def pages_of(client: Client, starts: list[str]) -> Iterator[tuple[str, str, _Reader]]:
    """Every page that can be reached by links: its name, its address, and what stands on it."""
    seen: Counter[str] = Counter()
    waiting, known = deque(starts), set(starts)
    while waiting:
        where = waiting.popleft()
        name = name_of(where)
        if not name or seen[name] >= MOST_OF_A_KIND:
            continue
        seen[name] += 1
        answer = client.get(where)
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        page = _Reader()
        page.feed(answer.content.decode())
        yield name, where, page
        for link in page.links:
            target = urlsplit(urljoin(where, link))
            address = target.path + (f"?{target.query}" if target.query else "")
            if not target.netloc and address not in known:
                known.add(address)
                waiting.append(address)


def forms_of(client: Client, starts: list[str]) -> list[Form]:
    """The forms of all pages: of each address one for every set of fields."""
    found: dict[tuple[object, ...], Form] = {}
    for _, where, page in pages_of(client, starts):
        for form in page.forms:
            form.action = urlsplit(urljoin(where, form.action or where)).path
            form.name = name_of(form.action)
            found.setdefault((form.name, form.post, *sorted(form.fields)), form)
    return list(found.values())
