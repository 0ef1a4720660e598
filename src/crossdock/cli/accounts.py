"""An account in words and data: added and connected, sent to its consent page, shown as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossdock.cli.context import Hub
from crossdock.cli.output import say, show_fields, show_json, show_table

if TYPE_CHECKING:
    from crossdock.hub.documents import Document
    from crossdock.hub.models import Integration


def add_account(
    opened: Hub, connector: str, name: str, credentials: dict[str, str] | None, *, as_json: bool
) -> None:
    """Add an integration and connect it with `credentials`; for None, say where to give consent."""
    from crossdock.flows import connecting, integration_state

    integration = connecting.add_integration(opened.organization, connector, name=name, author=opened.author)
    try:
        if credentials is not None:
            connecting.connect_with_credentials(integration, credentials, author=opened.author)
            if as_json:
                show_json({"id": integration.key, **document_of(integration)})
            else:
                show_integration(integration, as_json=False)
        else:
            offer_consent(integration, as_json=as_json)
    except BaseException:
        # It never was connected: nothing hangs on it, and a second try must not leave two.
        integration_state.remove(integration, opened.author)
        raise


def offer_consent(integration: Integration, *, as_json: bool) -> None:
    """Say which page to open to give consent. Raises `Refused` where the app's settings are missing."""
    from django.conf import settings
    from django.urls import reverse

    from crossdock.flows import connecting

    public = settings.CROSSDOCK.public_url
    back = f"{public}{reverse('portal:connect-callback', args=[integration.connector])}"
    # Asked for its refusals only: the consent page must be reached through the portal, which remembers in the
    # session of that browser that it sent it there.
    connecting.begin_authorization(integration, redirect_uri=back)
    address = f"{public}{reverse('portal:connect-start', args=[integration.pk])}"
    integration.refresh_from_db()
    if as_json:
        show_json({"id": integration.key, **document_of(integration), "authorizeUrl": address})
        return
    print(f"{integration.key}")
    say(f"Open this page, log in, and give consent: {address}")


def show_integration(integration: Integration, *, as_json: bool) -> None:
    """Print one integration, never with its credentials."""
    document = document_of(integration)
    if as_json:
        show_json(document)
        return
    account = document["account"] if isinstance(document["account"], dict) else {}
    show_fields(
        {
            "integrationId": integration.key,
            "connector": integration.connector,
            "name": integration.name,
            "status": integration.get_state_display(),
            "statusReason": integration.state_reason,
            "account": integration.account_id,
            "currency": account.get("currency"),
            "url": account.get("url"),
            "settings": ", ".join(f"{name}={value}" for name, value in integration.settings.items()),
            "connectedAt": document["connectedAt"],
        }
    )
    print()
    rows = [
        (flow.entity, flow.direction, flow.enabled, flow.last_success_at)
        for flow in integration.flows.order_by("pk")
    ]
    show_table(["flow", "direction", "on", "last success"], rows, empty="No flows yet.")


def document_of(integration: Integration) -> Document:
    """Return an integration as it is stored now."""
    from crossdock.hub.documents import integration_document

    return integration_document(integration)
