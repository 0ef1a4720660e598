"""One product on each channel: where it is listed, who owns it, what it is called there, and what is held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.flows.connecting import connectors
from crossdock.hub.models import Integration, Link, Organization, Product, Published


@dataclass(frozen=True)
class Channel:
    """A selling integration as one product sees it; `entry` None is one that nobody has decided anything for."""

    integration: Integration
    entry: Published | None
    listings: tuple[Link, ...]
    owns: bool
    pushes: bool

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


def channels_of(organization: Organization, product: Product) -> list[Channel]:
    """Return a product on every selling integration of its organization, the ones that list it first."""
    stores = {manifest.key for manifest in connectors() if manifest.role == "store"}
    integrations = organization.integrations.filter(connector__in=stores).exclude(
        state=Integration.State.REMOVED
    )
    entries = {entry.integration_id: entry for entry in product.published.all()}
    links: dict[int, list[Link]] = {}
    for link in Link.objects.filter(entity="products", record_id=product.pk, tombstoned_at=None).order_by(
        "pk"
    ):
        links.setdefault(link.integration_id, []).append(link)
    owner = product.parent.owner_id if product.parent else product.owner_id
    channels = [
        Channel(
            integration=integration,
            entry=entries.get(integration.pk),
            listings=tuple(links.get(integration.pk, ())),
            owns=owner == integration.pk,
            pushes=_pushes(integration),
        )
        for integration in integrations.prefetch_related("flows").order_by("pk")
    ]
    return sorted(channels, key=lambda channel: not channel.listings)


def _pushes(integration: Integration) -> bool:
    return any(
        (flow.entity, flow.direction, flow.enabled) == ("products", "push", True)
        for flow in integration.flows.all()
    )


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
