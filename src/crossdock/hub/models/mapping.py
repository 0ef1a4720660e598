"""What an organization adds to a connector's own translation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Integration


class MappingRule(Record):
    """A rule of one's own: what fills a field of the records of one entity that an integration brings.

    `source` is a path in the source document (`hub/mappings/paths.py`), `target` a field that may be filled
    (`hub/mappings/targets.py`). `translations` says what becomes of values, `default` what is taken where there is
    none. Without a source the field gets the default always; without a default, too, it stays empty: the
    connector's own rule is switched off.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="mapping_rules")
    entity = models.CharField(max_length=16, default="orders")
    target = models.CharField(max_length=160)
    source = models.CharField(max_length=300, blank=True, default="")
    translations = models.JSONField(default=dict)
    default = models.CharField(max_length=1000, null=True)  # noqa: DJ001 - none at all is not an empty text
    enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["target", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "entity", "target"],
                condition=~Q(target="tags"),
                name="one_mapping_rule_per_target",
            ),
            models.UniqueConstraint(
                fields=["integration", "entity", "source", "default"],
                condition=Q(target="tags"),
                nulls_distinct=False,
                name="one_mapping_rule_per_tag_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} from {self.source}" if self.source else self.target
