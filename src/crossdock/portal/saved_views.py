"""Saved views of a list: a person's own ones, those shared with the organization, and what a person sees first."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from crossdock.hub.models import Membership
from crossdock.portal.models import ListChoice, SavedView
from crossdock.portal.roles import Ability, may

LONGEST_NAME = 60
LONGEST_QUERY = 2000
MOST_OWN = 50


class SavedViewError(ValueError):
    """A view cannot be saved or changed so; `field` says which input, the message how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def views_for(membership: Membership, page: str) -> QuerySet[SavedView]:
    """Return the views of a page that a person sees: own ones and shared ones, by name."""
    rows = SavedView.objects.filter(membership__organization=membership.organization_id, page=page)
    return (
        rows.filter(Q(membership=membership) | Q(shared=True))
        .select_related("membership")
        .order_by("name", "pk")
    )


def may_change(membership: Membership, view: SavedView) -> bool:
    """Whether a person may change or delete a view: its owner may, and an administrator where it is shared."""
    return view.membership_id == membership.pk or (view.shared and may(membership.role, Ability.ADMINISTER))


def save_view(
    membership: Membership,
    page: str,
    *,
    name: str,
    query: str,
    columns: Sequence[str],
    shared: bool,
    view: SavedView | None = None,
) -> SavedView:
    """Save a view under a name, or change `view`. Raises `SavedViewError`."""
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise SavedViewError("name", "give the view a name")
    if len(name) > LONGEST_NAME:
        raise SavedViewError("name", f"it has {len(name)} characters; at most {LONGEST_NAME} are kept")
    if len(query) > LONGEST_QUERY:
        raise SavedViewError("query", "these filters are too long to be saved")
    if view is not None and not may_change(membership, view):
        raise SavedViewError("view", f"“{view.name}” is somebody else's; save it under a name of your own")
    owner = view.membership if view is not None else membership
    own = SavedView.objects.filter(membership=owner, page=page)
    if any(one != view for one in own.filter(name__iexact=name)):
        raise SavedViewError(
            "name", f"there is a view “{name}” already; choose another name, or change that one"
        )
    if view is None and own.count() >= MOST_OWN:
        raise SavedViewError("name", f"you have {MOST_OWN} views; delete one first")
    saved = view or SavedView(membership=membership, page=page)
    saved.name, saved.query, saved.columns, saved.shared = name, query, list(columns), shared
    saved.save()
    return saved


def delete_view(membership: Membership, view: SavedView) -> None:
    """Delete a view; whoever saw it first sees everything first again. Raises `SavedViewError`."""
    if not may_change(membership, view):
        raise SavedViewError(
            "view", f"“{view.name}” is somebody else's; only its owner or an administrator may"
        )
    view.delete()


def choice_of(membership: Membership, page: str) -> ListChoice:
    """Return what a person chose for a list; an unsaved one without choices where nothing was chosen yet."""
    found = ListChoice.objects.filter(membership=membership, page=page).select_related("first_view").first()
    return found or ListChoice(membership=membership, page=page)


def choose_columns(membership: Membership, page: str, columns: Sequence[str]) -> None:
    """Keep which columns a person wants to see."""
    ListChoice.objects.update_or_create(membership=membership, page=page, defaults={"columns": list(columns)})


def choose_first(membership: Membership, page: str, view: SavedView | None) -> None:
    """Keep which view a person sees first; None for all records."""
    ListChoice.objects.update_or_create(membership=membership, page=page, defaults={"first_view": view})
