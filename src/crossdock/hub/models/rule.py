"""What an organization decides beforehand: which orders wait, and from where they ship."""

from __future__ import annotations

from django.db import models

from crossdock.hub.models.base import Record
from crossdock.hub.models.integration import Integration
from crossdock.hub.models.location import Location
from crossdock.hub.models.organization import Organization


class Match(models.TextChoices):
    """Whether every filter must hold, or one is enough."""

    ALL = "all", "All"
    ANY = "any", "Any"


class OrderRule(Record):
    """What is done with an order before it is routed: the first rule that matches decides.

    `filters` is a list of ``{"field", "operator", "value"}``, `actions` a list of ``{"do", …}`` with what the
    action needs. Rules go by `position`; the default rule is the last, has no filters and always matches.
    `integration` limits a rule to the orders of one source.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="order_rules")
    integration = models.ForeignKey(
        Integration, on_delete=models.CASCADE, null=True, related_name="order_rules"
    )
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    match = models.CharField(max_length=3, choices=Match.choices, default=Match.ALL)
    filters = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["is_default", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_order_rule_per_name"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_default=True), name="one_default_order_rule"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingCard(Record):
    """Where orders ship from: cards are tried by `position` until one places the order.

    `regions` is a list of ``{"country", "states", "postalRanges", "postalPrefixes"}``; empty means the whole
    world. `locations` are tried in their order. `check_stock` asks only places that have the goods,
    `allow_split` lets several ship a part each, `send_future` routes lines now that only future stock covers.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="routing_cards")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=True)
    match = models.CharField(max_length=3, choices=Match.choices, default=Match.ALL)
    filters = models.JSONField(default=list)
    regions = models.JSONField(default=list)
    locations: models.ManyToManyField[Location, RoutingCardLocation] = models.ManyToManyField(
        Location, through="hub.RoutingCardLocation", related_name="routing_cards"
    )
    check_stock = models.BooleanField(default=True)
    allow_split = models.BooleanField(default=False)
    send_future = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_routing_card_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class RoutingCardLocation(models.Model):
    """One location of a card, and its place in the order in which they are tried."""

    card = models.ForeignKey(RoutingCard, on_delete=models.CASCADE, related_name="places")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="card_places")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["card", "location"], name="one_place_per_card_location")
        ]


class RoutingRetry(Record):
    """ "Orders that found no place are to be tried again": those with `sku`, or all of them where it is blank.

    Left in the transaction that gives them a chance, and taken by the next routing. Never unique: whoever
    leaves one waits for nobody.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="routing_retries")
    sku = models.CharField(max_length=120, blank=True, default="")
