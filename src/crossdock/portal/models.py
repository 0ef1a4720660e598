"""What the portal itself stores: failed logins, so that guessing is slowed down across all processes, and how people
like to see their lists.
"""

from __future__ import annotations

from django.db import models

from crossdock.hub.models import Membership
from crossdock.hub.models.base import Record


class FailedLogin(models.Model):
    """One failed login: the name that was typed (lower case) and the address it came from."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=150)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["username", "at"], name="failed_login_by_name"),
            models.Index(fields=["address", "at"], name="failed_login_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"


class SavedView(Record):
    """Filters, sorting and columns of a list under a name: of one member, or shared with the organization.

    `page` is the name of the list's page, `query` what stands in its address.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    columns = models.JSONField(default=list)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "page", "name"], name="one_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ListChoice(models.Model):
    """What one member chose for one list: the columns (none: the usual ones) and the view that is shown first."""

    id = models.BigAutoField(primary_key=True)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="list_choices")
    page = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    first_view = models.ForeignKey(SavedView, on_delete=models.SET_NULL, null=True, related_name="first_for")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "page"], name="one_choice_per_list")]
