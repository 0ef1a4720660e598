"""``webhooks``: the programs that are told which records changed."""

from __future__ import annotations

from typing import Annotated

import typer

from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import say, show_json, show_table

app = typer.Typer(help="Programs that are told which records changed.", no_args_is_help=True)

WebhookArgument = Annotated[str, typer.Argument(help="The webhook's id or name.")]


@app.command("list")
def list_webhooks(as_json: JsonOption = False) -> None:
    """List webhooks, newest first."""
    with hub() as opened:
        from crossdock.hub.documents import webhook_document
        from crossdock.hub.models import Webhook

        rows = Webhook.objects.filter(organization=opened.organization).select_related("organization")
        webhooks = list(rows.order_by("-pk"))
        if as_json:
            show_json({"webhooks": [webhook_document(webhook) for webhook in webhooks]})
            return
        show_table(
            ["id", "name", "url", "topics", "state", "last accepted", "failing since"],
            [
                (
                    row.key,
                    row.name,
                    row.url,
                    ", ".join(row.topics),
                    row.state,
                    row.last_success_at,
                    row.failing_since,
                )
                for row in webhooks
            ],
            empty="No webhooks.",
        )


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who listens: a name of your own.")],
    url: Annotated[str, typer.Argument(help="Where notices are sent.")],
    topic: Annotated[
        list[str], typer.Option(help="What it is told of, e.g. orders; repeat. `all` is told of everything.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Add a webhook. Its signing secret is shown once, now."""
    with hub() as opened:
        from crossdock.hub.documents import webhook_document
        from crossdock.hub.notices.topics import TOPICS
        from crossdock.hub.notices.webhooks import create_webhook

        topics = list(TOPICS) if "all" in topic else topic
        webhook, secret = create_webhook(opened.organization, name, url, topics, author=opened.author)
        if as_json:
            show_json({**webhook_document(webhook), "secret": secret})
            return
        say("Keep it now: it is not shown again. It signs what is sent (docs/webhooks.md).")
        print(secret)


@app.command("test")
def try_webhook(webhook: WebhookArgument, as_json: JsonOption = False) -> None:
    """Send a notice about nothing at once. Ends with 4 when it is not accepted."""
    from crossdock.cli.codes import CommandError, Exit

    with hub() as opened:
        from crossdock.hub.clock import system_clock
        from crossdock.hub.listing import find_webhook
        from crossdock.hub.notices.delivering import send_test

        found = find_webhook(opened.organization, webhook)
        delivery = send_test(found, system_clock)
        if as_json:
            show_json(
                {
                    "delivered": delivery.delivered, "status": delivery.status,
                    "milliseconds": delivery.milliseconds, "error": delivery.error,
                }
            )  # fmt: skip
        elif delivery.delivered:
            print(f"{found.key}  {found.name} accepted it: {delivery.status}, {delivery.milliseconds} ms.")
        if not delivery.delivered:
            raise CommandError(f"{found.name} did not accept it: {delivery.error}", Exit.REMOTE)


@app.command()
def remove(
    webhook: WebhookArgument,
    reason: Annotated[str, typer.Option(help="Why; kept with the event.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Remove a webhook with all that waits for it."""
    with hub() as opened:
        from crossdock.hub.documents import webhook_document
        from crossdock.hub.listing import find_webhook
        from crossdock.hub.notices.webhooks import remove_webhook

        found = find_webhook(opened.organization, webhook)
        document = webhook_document(found)
        remove_webhook(found, author=opened.author, reason=reason)
        if as_json:
            show_json(document)
            return
        print(f"{document['webhookId']}  {found.name} is removed.")
