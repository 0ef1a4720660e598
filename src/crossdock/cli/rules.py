"""``rules``: what happens to an order before it is routed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import Hub, hub
from crossdock.cli.files import content_of
from crossdock.cli.lists import JsonOption, gathered
from crossdock.cli.output import say, show_fields, show_json, show_table
from crossdock.cli.values import moment

if TYPE_CHECKING:
    from crossdock.hub.models import Order, OrderRule
    from crossdock.routing.rules.book import Draft
    from crossdock.routing.rules.trying import Tried

app = typer.Typer(help="Rules: which orders wait, and which go on to routing.", no_args_is_help=True)

RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id or name.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the rule's history.")]
COLUMNS = ("position", "id", "rule", "enabled", "source", "if", "then")


@app.command("list")
def list_rules(as_json: JsonOption = False) -> None:
    """List the rules in the order in which they are tried; the first that matches decides."""
    with hub() as opened:
        _print_all(opened, as_json=as_json)


@app.command()
def show(rule: RuleArgument, as_json: JsonOption = False) -> None:
    """Show one rule as `rules put` takes it."""
    with hub() as opened:
        from crossdock.hub.documents import rule_document

        document = rule_document(_find(opened, rule))
        if as_json:
            show_json(document)
            return
        filters, actions = document.pop("filters"), document.pop("actions")
        show_fields(document)
        print()
        show_json({"filters": filters, "actions": actions})


@app.command()
def put(
    file: Annotated[str, typer.Argument(help="A JSON file, or - for standard input.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Store rules from JSON: one, a list, or {"rules": […]}; all of them, or none if one cannot be used.

    A rule of this name is replaced; a new one comes last, or at its `position`. The default rule takes
    `actions` only.
    """
    with hub() as opened:
        from django.db import transaction

        from crossdock.routing.rules.book import RuleError, put_rule

        with transaction.atomic():
            for draft in _drafts(opened, file):
                try:
                    put_rule(opened.organization, draft, author=opened.author, reason=reason.strip())
                except RuleError as error:
                    raise CommandError(f"{draft.name}: {error}", Exit.USAGE) from error
        _print_all(opened, as_json=as_json)


@app.command()
def move(
    rule: RuleArgument,
    position: Annotated[int, typer.Argument(help="Its new place, counted from 1.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Have a rule tried earlier or later."""
    with hub() as opened:
        from crossdock.routing.rules.book import move_rule

        move_rule(_find(opened, rule), position, author=opened.author, reason=reason.strip())
        _print_all(opened, as_json=as_json)


@app.command()
def enable(rule: RuleArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Turn a rule on."""
    _switch(rule, reason, enabled=True, as_json=as_json)


@app.command()
def disable(rule: RuleArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Turn a rule off; it keeps its place."""
    _switch(rule, reason, enabled=False, as_json=as_json)


def _switch(rule: str, reason: str, *, enabled: bool, as_json: bool) -> None:
    with hub() as opened:
        from crossdock.routing.rules.book import enable_rule

        found = _find(opened, rule)
        enable_rule(found, enabled=enabled, author=opened.author, reason=reason.strip())
        _print_all(opened, as_json=as_json)


@app.command()
def remove(rule: RuleArgument, reason: ReasonOption = "", as_json: JsonOption = False) -> None:
    """Remove a rule. What it decided stands."""
    with hub() as opened:
        from crossdock.routing.rules.book import remove_rule

        remove_rule(_find(opened, rule), author=opened.author, reason=reason.strip())
        _print_all(opened, as_json=as_json)


@app.command("try")
def try_(
    file: Annotated[
        str, typer.Argument(help="Rules not stored yet, as `put` takes them; - for standard input.")
    ] = "",
    order: Annotated[
        list[str] | None, typer.Option(help="This order: its id or number; repeat. Else the newest ones.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many orders.")] = 100,
    since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Bought at or after this (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Bought before this.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the rules would have decided about past orders. Nothing is changed.

    Each order is looked at as if it had just been bought. With FILE its rules are put among those there are.
    """
    with hub() as opened:
        from crossdock.routing.rules.book import RuleError
        from crossdock.routing.rules.trying import try_rules

        drafts = _drafts(opened, file) if file else []
        orders = _orders(opened, order or [], limit, since, until)
        try:
            tried = try_rules(opened.organization, drafts, orders)
        except RuleError as error:
            raise CommandError(f"{file}: {error}", Exit.USAGE) from error
        _show_tried(tried, as_json=as_json)


def _orders(
    opened: Hub, named: Sequence[str], limit: int, since: datetime | None, until: datetime | None
) -> list[Order]:
    from crossdock.hub import listing

    if named:
        return [listing.find_order(opened.organization, text) for text in named]
    page = gathered(
        lambda size, start: listing.orders(
            opened.organization, since=since, until=until, limit=size, cursor=start
        ),
        limit,
        None,
    )
    return list(page.rows)


def _show_tried(tried: Sequence[Tried], *, as_json: bool) -> None:
    counts = Counter((one.verdict.rule, one.verdict.kind) for one in tried)
    if as_json:
        from crossdock.hub.documents import moment as written

        rows = [
            {
                "orderId": one.order.key, "extOrderId": one.order.ext_order_id, "decision": one.verdict.kind,
                "rule": one.verdict.rule, "holdUntil": written(one.verdict.hold_until),
                "given": one.verdict.given, "reason": one.verdict.reason,
            }
            for one in tried
        ]  # fmt: skip
        summary = [{"rule": rule, "decision": kind, "orders": n} for (rule, kind), n in counts.most_common()]
        show_json({"orders": rows, "summary": summary})
        return
    show_table(
        ["number", "when", "decision", "rule", "hold until"],
        [
            (
                one.order.ext_order_id, one.order.ext_order_created_at, one.verdict.kind, one.verdict.rule,
                one.verdict.hold_until,
            )
            for one in tried
        ],
        empty="There are no orders to try the rules on.",
    )  # fmt: skip
    for (rule, kind), number in counts.most_common():
        print(f"{number} orders: {kind}, by rule “{rule}”")
    say("Nothing was changed.")


def _drafts(opened: Hub, file: str) -> list[Draft]:
    from crossdock.cli.rule_input import RuleInputError, read_rules

    try:
        return read_rules(content_of(file), opened.integration)
    except RuleInputError as error:
        raise CommandError(f"{'standard input' if file == '-' else file}: {error}", Exit.USAGE) from error


def _find(opened: Hub, text: str) -> OrderRule:
    from crossdock.hub.listing import find_rule
    from crossdock.routing.rules.book import rules_of

    rules_of(opened.organization.pk)  # the default rule is there from now on, if it never was needed before
    return find_rule(opened.organization, text)


def _print_all(opened: Hub, *, as_json: bool) -> None:
    from crossdock.hub.documents import rule_document
    from crossdock.routing.rules.book import rules_of

    rows = rules_of(opened.organization.pk)
    if as_json:
        show_json({"rules": [rule_document(row) for row in rows]})
    else:
        show_table(COLUMNS, [_row(row) for row in rows], empty="No rules.")


def _row(rule: OrderRule) -> tuple[object, ...]:
    from crossdock.routing.rules.actions import describe_actions

    joined = " or " if rule.match == "any" else " and "
    condition = joined.join(_condition(one) for one in rule.filters)
    return (
        "last" if rule.is_default else rule.position,
        rule.key,
        rule.name,
        rule.enabled,
        rule.integration.name if rule.integration else "any",
        condition or "always",
        describe_actions(rule.actions),
    )


def _condition(one: dict[str, object]) -> str:
    value = one.get("value")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{one['field']} {one['operator']}" + ("" if shown is None else f" {shown}")
