"""A person at a browser: logs in to the portal and connects the store through its consent page."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

from crossdock.demo.errors import DemoError


class Browser:
    """One browser session with cookies, at the portal of `address`. Use as a context manager."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = httpx2.Client(timeout=60.0, trust_env=False, follow_redirects=True)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def log_in(self, email: str, password: str) -> None:
        """Log in through the login page. Raises `DemoError`."""
        page = self._client.get(f"{self._address}/login")
        answer = self._send_form(page, {"username": email, "password": password})
        if answer.status_code != 200 or answer.url.path == "/login":
            raise DemoError(f"The portal did not let the administrator in ({answer.status_code}).")

    def answer_consent(self, integration_key: str, decision: str, expected: str) -> str:
        """Press Connect, answer the store's consent page (``allow`` or ``deny``), and follow the way back.

        Returns the path of the page it ended on. Raises `DemoError` unless that is a good page that says
        `expected`.
        """
        page = self._client.get(f"{self._address}/connect/{integration_key}/start")
        if str(page.url).startswith(self._address) or page.status_code != 200:
            raise DemoError(
                f"Connect did not lead to the store's consent page but to {page.url} ({page.status_code})."
            )
        answer = self._send_form(page, {"decision": decision})
        if not str(answer.url).startswith(self._address) or answer.status_code != 200:
            raise DemoError(
                f"The way back from the consent page ended on {answer.url.path} ({answer.status_code})."
            )
        if expected not in answer.text:
            raise DemoError(f"The page after {decision!r} does not say {expected!r}: {answer.url.path}.")
        return str(answer.url.path)

    def _send_form(self, page: httpx2.Response, values: dict[str, str]) -> httpx2.Response:
        form = _Form(page.text)
        address = urljoin(str(page.url), form.action) if form.action else str(page.url)
        return self._client.post(address, data={**form.fields, **values}, headers={"Referer": str(page.url)})


class _Form(HTMLParser):
    """The first form of a page that posts: where it goes, its hidden fields and what its lists stand on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self._inside = self._done = False
        self._list = ""
        self.feed(text)
        if not self._done:
            raise DemoError("The page has no form to send.")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what belongs to the form."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._done and values.get("method", "").lower() == "post":
            self._inside, self.action = True, values.get("action", "")
        elif not self._inside:
            return
        elif tag == "input" and values.get("type") == "hidden":
            self.fields[values.get("name", "")] = values.get("value", "")
        elif tag == "select":
            self._list = values.get("name", "")
        elif tag == "option" and self._list and ("selected" in values or self._list not in self.fields):
            self.fields[self._list] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Notice the form's end."""
        if tag == "select":
            self._list = ""
        if tag == "form" and self._inside:
            self._inside, self._done = False, True
