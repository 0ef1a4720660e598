"""One product on each channel: where it is listed, who owns it, what it is called there, and what is held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.flows.connecting import connectors
from crossdock.flows.obstacles import hindrance
from crossdock.hub.models import Flow, Integration, Link, Organization, Product, Published


@dataclass(frozen=True)
class Channel:
    """A selling integration as one product sees it; `entry` None is one that nobody has decided anything for."""

    integration: Integration
    entry: Published | None
    listings: tuple[Link, ...]
    owns: bool
    push: Flow | None

    @property
    def pushes(self) -> bool:
        """Whether its push of products is turned on."""
        return self.push is not None and self.push.enabled

    @property
    def prospect(self) -> str:
        """What comes of it there when somebody saves the product, unless it is kept out."""
        name = self.integration.name
        if self.push is None or not self.push.enabled:
            return f"Push products of {name} is off: nothing is written there until somebody turns it on."
        hindered = self.push.paused_reason or hindrance(self.push, located=True)
        if hindered:
            return f"It is written to {name} as soon as its push products runs again. {hindered}"
        if self.listings:
            return (
                f"What you change is written to {name} in a moment. A field left empty wipes nothing there."
            )
        return f"It is made in {name} in a moment."

    @property
    def currency(self) -> str:
        """The currency that it sells in; empty while that is not known."""
        return str(self.integration.account.get("currency") or "")

    @property
    def weight_unit(self) -> str:
        """The unit that it weighs in; empty while that is not known."""
        return str(self.integration.account.get("weightUnit") or "")

    @property
    def kept_out(self) -> bool:
        """Whether a person keeps the product out of this channel."""
        return self.entry is not None and self.entry.status == Published.Status.DISABLED

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.owns:
            return "Created there; the channel owns it"
        if self.kept_out:
            return "Kept out by a person"
        if self.listings:
            return "Published"
        return "Waits to be published" if self.pushes else "Not published: push products is off"


def channels_of(organization: Organization, product: Product | None) -> list[Channel]:
    """Return a product on every selling integration of its organization, the ones that list it first.

    None is one that is yet to be made.
    """
    stores = {manifest.key for manifest in connectors() if manifest.role == "store"}
    integrations = organization.integrations.filter(connector__in=stores).exclude(
        state=Integration.State.REMOVED
    )
    entries = {entry.integration_id: entry for entry in product.published.all()} if product else {}
    links: dict[int, list[Link]] = {}
    listed = Link.objects.filter(
        entity="products", record_id=product.pk if product else 0, tombstoned_at=None
    )
    for link in listed.order_by("pk"):
        links.setdefault(link.integration_id, []).append(link)
    owned = (product.parent or product) if product else None
    channels = [
        Channel(
            integration=integration,
            entry=entries.get(integration.pk),
            listings=tuple(links.get(integration.pk, ())),
            owns=owned is not None and owned.owner_id == integration.pk,
            push=_push(integration),
        )
        for integration in integrations.prefetch_related("flows").order_by("pk")
    ]
    return sorted(channels, key=lambda channel: not channel.listings)


def _push(integration: Integration) -> Flow | None:
    for flow in integration.flows.all():
        if (flow.entity, flow.direction) == ("products", "push"):
            flow.integration = integration
            return flow
    return None


def limits_text(entry: Published | None) -> Sequence[str]:
    """Return what is held back or promised on a channel for one product, in words; nothing for the usual."""
    if entry is None:
        return ()
    said = (
        (entry.buffer_inventory is not None, f"{entry.buffer_inventory} held back"),
        (entry.floor is not None, f"at least {entry.floor} shown"),
        (entry.cap is not None, f"at most {entry.cap} shown"),
        (entry.hold_inventory, "no figure is pushed"),
    )
    return [text for applies, text in said if applies]
