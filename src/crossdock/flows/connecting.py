"""Connecting an account: adding an integration, trying credentials or OAuth before anything is saved, connecting anew.

What becomes of it later is in `integration_state.py`, what its flows begin with in `switches.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from django.db import IntegrityError, transaction

from crossdock.connectors import connector_for, offered
from crossdock.connectors.contract import Account, Connector, Manifest
from crossdock.connectors.errors import Reconnect, Refused
from crossdock.flows.gate import RequestGate
from crossdock.flows.integration_state import NAME_LENGTH, park, remove
from crossdock.flows.opening import account_of, calls_per_minute, connector_config, opened, services
from crossdock.flows.switches import START_SLACK, create_flows, set_flows
from crossdock.hub import vault
from crossdock.hub.clock import system_clock
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.marks import wake_flow
from crossdock.hub.models import Flow, Integration, Organization


def connectors() -> tuple[Manifest, ...]:
    """Return the catalogue of connectors."""
    return tuple(connector.manifest for connector in offered())


def add_integration(
    organization: Organization,
    connector_key: str,
    *,
    name: str = "",
    choices: Mapping[str, str] | None = None,
    author: str,
) -> Integration:
    """Add a connector to an organization, not connected yet. Raises `Refused`, and `SwitchError` for a choice.

    All flows are off but locations, unless `choices` says otherwise (as `set_flows` takes them); what is on begins
    at the moment the account is connected.
    """
    manifest = connector_for(connector_key).manifest
    with transaction.atomic():
        integration = Integration.objects.create(
            organization=organization, connector=manifest.key, name=name.strip() or manifest.name
        )
        create_flows(integration)
        record_event(
            organization.pk,
            "integrations",
            integration.pk,
            "added",
            author=author,
            after={"name": integration.name},
        )
        if choices:
            set_flows(integration, choices, author=author, now=system_clock())
    return integration


def unfinished(organization: Organization, connector_key: str = "") -> list[Integration]:
    """Return the integrations that were added and never connected, newest first; of one connector if named."""
    begun = Integration.objects.filter(
        organization=organization,
        account_id="",
        state__in=[Integration.State.NOT_CONFIGURED, Integration.State.CONNECTING],
    )
    if connector_key:
        begun = begun.filter(connector=connector_key)
    return list(begun.order_by("-pk"))


def give_up(integration: Integration, author: str) -> None:
    """Remove an integration that was never connected. Raises `Refused` for one that was."""
    if integration.account_id or integration.state == Integration.State.REMOVED:
        raise Refused(
            f"{integration.name} is not unfinished. Disable or remove it on its own page.",
            code="notUnfinished",
        )
    remove(integration, author)


def connect_with_credentials(
    integration: Integration, credentials: Mapping[str, str], *, author: str
) -> Integration:
    """Connect with credentials that a person has; they are tried before they are saved.

    Raises a `ConnectorError` that says what is wrong with them; nothing is changed then.
    """
    connector = connector_for(integration.connector)
    account = _probed(integration, connector, credentials)
    return _save(integration, connector, credentials, account, author)


def known_credentials(
    integration: Integration, manifest: Manifest, given: Mapping[str, str]
) -> dict[str, str]:
    """Return what is stored of the credentials and need not be given again, to connect with `given`.

    A new secret replaces the stored ones: a password does not go with the key that it takes the place of. Where
    the stored ones cannot be decrypted any more, an account named by one credential is still known.
    """
    public = [field.name for field in manifest.credentials if not field.secret]
    try:
        stored = vault.unseal(integration.credentials)
    except vault.SecretUnreadable:
        stored = {}
    known = {name: stored[name] for name in public if stored.get(name)}
    if integration.account_id and len(public) == 1:
        known.setdefault(public[0], integration.account_id)
    secret = [field.name for field in manifest.credentials if field.secret]
    if not manifest.oauth and not any(name in given for name in secret):
        known |= {name: stored[name] for name in secret if stored.get(name)}
    return known


def consent_obstacle(connector_key: str) -> str:
    """Return why this installation cannot send anybody to the connector's consent page; empty where it can."""
    connector = connector_for(connector_key)
    if connector.oauth is None:
        return f"{connector.manifest.name} is not connected by authorization."
    try:
        connector.oauth.authorize_url(connector_config(connector_key), "", "")
    except Refused as error:
        return error.reason
    return ""


def begin_authorization(integration: Integration, *, redirect_uri: str) -> tuple[str, str]:
    """Return the consent page's address and the state to find in the answer; the page sends no secret."""
    connector = connector_for(integration.connector)
    if connector.oauth is None:
        raise Refused(f"{connector.manifest.name} is not connected by authorization.", code="noOAuth")
    state = f"{integration.key}.{secrets.token_urlsafe(24)}"
    url = connector.oauth.authorize_url(connector_config(connector.manifest.key), redirect_uri, state)
    if integration.state in (Integration.State.NOT_CONFIGURED, Integration.State.ERROR):
        Integration.objects.filter(pk=integration.pk, state=Integration.State.NOT_CONFIGURED).update(
            state=Integration.State.CONNECTING
        )
    return url, state


def complete_authorization(
    connector_key: str, *, code: str, redirect_uri: str, integration: Integration, author: str
) -> Integration:
    """Exchange the code, once, and connect the account it opens. Raises a `ConnectorError`.

    Only for a code that is known to be the answer to what this person began, or where the integration has an account
    already, so that no other one can take its place. Whose any other code is, has to be asked first: `open_account`.
    """
    connector = connector_for(connector_key)
    credentials = _exchanged(connector, code, redirect_uri, integration)
    account = _probed(integration, connector, credentials)
    return _save(integration, connector, credentials, account, author)


@dataclass(frozen=True)
class OpenedAccount:
    """An account that a code has opened and that nothing is connected to yet. `sealed` are its credentials."""

    account: Account
    sealed: str = field(repr=False)


def open_account(
    connector_key: str, *, code: str, redirect_uri: str, integration: Integration
) -> OpenedAccount:
    """Exchange the code, once, and tell which account it opens, so that a person can say whether they mean it.

    Nothing is connected. Raises a `ConnectorError`, also where this integration could not have the account.
    """
    connector = connector_for(connector_key)
    credentials = _exchanged(connector, code, redirect_uri, integration)
    account = _probed(integration, connector, credentials)
    _check_account(integration, account)
    return OpenedAccount(account, vault.seal(credentials).decode())


def attach_account(integration: Integration, sealed: str, *, author: str) -> Integration:
    """Connect the account of `open_account`. Raises a `ConnectorError`, and `SecretUnreadable`."""
    return connect_with_credentials(integration, vault.unseal(sealed.encode()), author=author)


def _exchanged(
    connector: Connector, code: str, redirect_uri: str, integration: Integration
) -> Mapping[str, str]:
    key = connector.manifest.key
    if connector.oauth is None:
        raise Refused(f"{connector.manifest.name} is not connected by authorization.", code="noOAuth")
    with RequestGate(integration.pk, connector.manifest.calls_per_minute) as gate:
        grant = connector.oauth.exchange(services(gate, connector_config(key)), code, redirect_uri)
    return grant.credentials


def _probed(integration: Integration, connector: Connector, credentials: Mapping[str, str]) -> Account:
    """Read the account with these credentials, before anything is saved."""
    with RequestGate(integration.pk, calls_per_minute(integration, connector)) as gate:
        session = connector.open(
            credentials,
            integration.settings,
            account_of(integration) if integration.account else None,
            services(gate, connector_config(connector.manifest.key), foreign=_foreign_addresses(integration)),
        )
        try:
            return session.probe()
        finally:
            session.close()


def _foreign_addresses(integration: Integration) -> list[str]:
    """Return where the accounts are that other organizations have connected by the same connector."""
    others = Integration.objects.filter(connector=integration.connector).exclude(
        organization_id=integration.organization_id
    )
    accounts = others.exclude(state=Integration.State.REMOVED).exclude(account_id="")
    return sorted(
        {url for account in accounts.values_list("account", flat=True) if (url := account.get("url"))}
    )


def _save(
    integration: Integration,
    connector: Connector,
    credentials: Mapping[str, str],
    account: Account,
    author: str,
) -> Integration:
    was_new = not integration.account_id
    _check_account(integration, account)
    try:
        with transaction.atomic():
            locked = Integration.objects.select_for_update().get(pk=integration.pk)
            locked.credentials = vault.seal(credentials)
            locked.account_id, locked.account = account.account_id, msgspec.to_builtins(account)
            locked.state, locked.state_reason = Integration.State.CONNECTED, ""
            locked.connected_at = system_clock()
            if locked.name == connector.manifest.name:
                locked.name = f"{connector.manifest.name}: {account.name}"[:NAME_LENGTH]
            locked.save()
            create_flows(locked)
            record_event(
                locked.organization_id,
                "integrations",
                locked.pk,
                "connected" if was_new else "reconnected",
                author=author,
                after={"accountId": account.account_id, "name": account.name},
            )
            close_exceptions(
                locked.organization_id,
                [f"integration:{locked.key}"],
                codes=["needsReconnect"],
                resolution="The integration was reconnected.",
            )
            if was_new:
                _begin_now(locked)
            for flow in Flow.objects.filter(integration=locked, enabled=True):
                Flow.objects.filter(pk=flow.pk).update(failures=0, not_before=None, paused_reason="")
                wake_flow(flow)
    except IntegrityError as error:
        # Connected at this very moment by somebody else.
        raise Refused(
            f"{account.name} ({account.account_id}) is connected already, by another integration of this "
            "installation. Remove that one first, or use it.",
            code="alreadyConnected",
        ) from error
    integration.refresh_from_db()
    return integration


def _begin_now(integration: Integration) -> None:
    """Let flows that were chosen before there was an account begin at this moment, not when they were chosen."""
    now = integration.connected_at or system_clock()
    chosen = Flow.objects.filter(integration=integration, enabled=True, enabled_at__isnull=False)
    chosen.update(enabled_at=now)
    chosen.filter(start_from__isnull=False).update(start_from=now - START_SLACK)


def _check_account(integration: Integration, account: Account) -> None:
    """Raise `Refused` where this integration is for another account, or another integration has this one."""
    if not integration.account_id:
        _refuse_connected(integration, account)
    elif integration.account_id != account.account_id:
        raise Refused(
            f"These credentials open {account.name} ({account.account_id}), but this integration is for account "
            f"{integration.account_id}. Add another integration for the other account.",
            code="otherAccount",
        )


def _refuse_connected(integration: Integration, account: Account) -> None:
    """Raise `Refused` where another integration has the account; whose it is, is told to its own members only."""
    other = (
        Integration.objects.filter(connector=integration.connector, account_id=account.account_id)
        .exclude(state=Integration.State.REMOVED)
        .exclude(pk=integration.pk)
        .first()
    )
    if other is None:
        return
    what = f"{account.name} ({account.account_id}) is connected already"
    if other.organization_id == integration.organization_id:
        raise Refused(
            f"{what}, as {other.name}. Use that integration, or remove it first. If it stops working now, press "
            "Reconnect on its page: a store may honour its newest token only.",
            code="alreadyConnected",
        )
    raise Refused(
        f"{what}, in another organization of this installation. It has to be removed there before it can be "
        "connected here.",
        code="alreadyConnected",
    )


def check_connection(integration: Integration) -> Account:
    """Read the account now; a dead token parks the integration. Raises a `ConnectorError`."""
    connector = connector_for(integration.connector)
    with (
        RequestGate(integration.pk, calls_per_minute(integration, connector)) as gate,
        opened(integration, gate) as session,
    ):
        try:
            account = session.probe()
        except Reconnect as error:
            park(integration, error.reason)
            raise
    Integration.objects.filter(pk=integration.pk).update(account=msgspec.to_builtins(account))
    return account
