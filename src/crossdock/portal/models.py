"""What the portal itself stores: failed logins, so that guessing is slowed down across all processes."""

from __future__ import annotations

from django.db import models


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
