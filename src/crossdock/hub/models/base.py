"""What every stored record has in common."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


def public_key(pk: int) -> str:
    """Return the id people and programs see: 16 lower-case hex characters."""
    return f"{pk:016x}"


def pk_of(key: str) -> int:
    """Return the row number behind a public key. Raises `ValueError` for anything else."""
    if len(key) != 16:
        raise ValueError(f"{key!r} is not an id: ids have 16 hex characters")
    return int(key, 16)


class Record(models.Model):
    """A row with a public key and the database's own creation time."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """The public id: 16 hex characters."""
        return public_key(self.pk)
