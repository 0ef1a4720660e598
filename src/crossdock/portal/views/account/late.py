"""What views of allauth need to become pages of ours."""

from __future__ import annotations

from django.http import HttpResponse


def rendered(answer: HttpResponse) -> HttpResponse:
    """Render what renders late while the organization's time zone still holds."""
    render = getattr(answer, "render", None)
    return render() if callable(render) else answer
