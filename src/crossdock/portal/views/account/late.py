"""What views of allauth need to become pages of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse


def rendered(answer: HttpResponse) -> HttpResponse:
    """Render what renders late while the organization's time zone still holds."""
    render = getattr(answer, "render", None)
    return render() if callable(render) else answer


def options_of(options: Mapping[str, object]) -> str:
    """Return what a browser is asked for about passkeys, as text for an attribute of a form."""
    return json.dumps(options, cls=DjangoJSONEncoder)
