"""The hidden fields of every form: Django's token against forged ones, the page's organization, and what it showed.

Django's own tag is replaced, so that no form can leave the second one out: somebody who belongs to two organizations
and has a tab open for each changes what the page shows, and never the other one (`access.visit_of`). What the page
showed stands in forms that change a record (`meanwhile.py`).
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from crossdock.portal.access import PAGE_ORGANIZATION
from crossdock.portal.meanwhile import AS_OF

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """Return the hidden fields; only Django's own on pages that belong to no organization, as the login."""
    token = context.get("csrf_token")
    organization = context.get("organization")
    fields = {
        "csrfmiddlewaretoken": token,
        PAGE_ORGANIZATION: organization.key if organization else "",
        AS_OF: context.get(AS_OF),
    }
    given = [(name, value) for name, value in fields.items() if value]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', given)
