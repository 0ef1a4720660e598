"""What views of allauth need to become pages of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")


def rendered(answer: HttpResponse) -> HttpResponse:
    """Render what renders late while the organization's time zone still holds."""
    render = getattr(answer, "render", None)
    return render() if callable(render) else answer


def leading_somewhere(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Take away a ``next`` that is no address at all: allauth takes it apart before it asks whether it may."""

    @wraps(view)
    def led(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        for name in ("GET", "POST"):
            given = getattr(request, name)
            try:
                urlsplit(given.get("next", ""))
            except ValueError:
                mended = given.copy()
                del mended["next"]
                setattr(request, name, mended)
        return view(request, *args, **kwargs)

    return led
