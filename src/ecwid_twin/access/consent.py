"""The consent page and the error page a merchant sees. Values are escaped, nothing external is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body{{font:16px/1.5 system-ui,sans-serif;background:#f4f6f8;color:#1b2733;margin:0;padding:6vh 1rem}}
main{{max-width:30rem;margin:auto;background:#fff;border-radius:12px;padding:2rem;
box-shadow:0 2px 14px #0002}}
h1{{font-size:1.3rem;margin-top:0}} code{{background:#eef2f5;border-radius:4px;padding:.1em .35em}}
ul{{padding-left:1.2rem}} .row{{display:flex;gap:1rem;margin-top:1.5rem}}
button{{font:inherit;padding:.6rem 1.4rem;border-radius:8px;border:1px solid #c4ccd3;
background:#fff;cursor:pointer}}
button.yes{{background:#0b6bcb;border-color:#0b6bcb;color:#fff}} .note{{color:#5b6b79;font-size:.85rem}}
</style></head><body><main>{content}</main></body></html>"""


def page(title: str, content: str) -> bytes:
    """A whole HTML page; `content` must be escaped already."""
    return _PAGE.format(title=escape(title), content=content).encode()


def consent(
    client: str, scopes: Iterable[str], stores: Iterable[tuple[int, str]], hidden: dict[str, str]
) -> bytes:
    """The page that asks the merchant; `stores` are `(id, name)`, `hidden` the values to hand on."""
    rows = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    fields = "".join(
        f'<input type="hidden" name="{escape(name, quote=True)}" value="{escape(value, quote=True)}">'
        for name, value in hidden.items()
    )
    shops = list(stores)
    options = "".join(
        f'<option value="{number}">{escape(name)} ({number})</option>' for number, name in shops
    )
    content = (
        f"<h1>Install <code>{escape(client)}</code>?</h1>"
        f"<p>The app asks for permission to:</p><ul>{rows}</ul>"
        f'<form method="post">{fields}<label>Store <select name="store_id">{options}</select></label>'
        '<div class="row"><button class="yes" name="decision" value="allow" type="submit">Allow</button>'
        '<button name="decision" value="deny" type="submit">Deny</button></div></form>'
        '<p class="note">This is a stand-in store. No real merchant is asked.</p>'
    )
    return page("Install the app", content)


def problem(text: str) -> bytes:
    """The page shown instead of a redirect when the request itself is wrong."""
    return page("The app cannot be installed", f"<h1>The app cannot be installed</h1><p>{escape(text)}</p>")
