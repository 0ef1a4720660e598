"""``mappings``: which field of a store's document fills which field of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError
from crossdock.cli.context import Hub, hub
from crossdock.cli.flows import IntegrationArgument
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import cell, say, show_fields, show_json, show_table
from crossdock.cli.values import pairs

if TYPE_CHECKING:
    from crossdock.flows.mapping_table import Row
    from crossdock.flows.remapping import Remapping, Trial
    from crossdock.hub.documents import Document
    from crossdock.hub.mappings.book import Draft
    from crossdock.hub.models import MappingRule, Order

app = typer.Typer(help="Mappings: which field of a store's document goes where.", no_args_is_help=True)

MappingArgument = Annotated[str, typer.Argument(metavar="MAPPING", help="Its id, or its target.")]
TargetArgument = Annotated[
    str, typer.Argument(metavar="TARGET", help="E.g. shippingClass, tags, customFields[Gift message].")
]
SourceOption = Annotated[
    str, typer.Option("--from", metavar="PATH", help="A path in the source document, e.g. extraFields.gift.")
]
TranslateOption = Annotated[
    list[str] | None,
    typer.Option("--translate", metavar="THERE=HERE", help="What a value there means here; repeat."),
]
DefaultOption = Annotated[
    str | None, typer.Option("--default", help="What is taken where there is nothing, or nothing listed.")
]
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the history.")]
OrderOption = Annotated[str | None, typer.Option(help="This order: its id or number.")]


@app.command("list")
def list_mappings(
    integration: IntegrationArgument,
    own: Annotated[bool, typer.Option("--own", help="Only your own.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what goes where: the connector's own mapping, and yours beside it."""
    with hub() as opened:
        _print_all(opened, integration, own=own, as_json=as_json)


@app.command()
def add(
    integration: IntegrationArgument,
    target: TargetArgument,
    source: SourceOption = "",
    translate: TranslateOption = None,
    default: DefaultOption = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Store a mapping of your own; one of the same target is replaced, only tags may have several.

    With --default alone the target is always that; with neither --from nor --default the connector's own mapping is
    switched off and the target stays empty. It is applied to what is read from now on; `mappings apply` applies it to
    orders that are here.
    """
    with hub() as opened:
        from crossdock.hub.mappings.book import put_rule, rules_of

        found = opened.integration(integration)
        draft = _draft(target, source, translate, default)
        same = [rule for rule in rules_of(found) if rule.target == target.strip() != "tags"]
        stored = put_rule(
            found, draft, author=opened.author, replacing=same[0] if same else None, reason=reason.strip()
        )
        _print(stored, as_json=as_json)


@app.command()
def enable(
    integration: IntegrationArgument,
    mapping: MappingArgument,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Switch a mapping of your own on."""
    _switch(integration, mapping, reason, enabled=True, as_json=as_json)


@app.command()
def disable(
    integration: IntegrationArgument,
    mapping: MappingArgument,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Switch a mapping of your own off; the connector's own mapping stands again."""
    _switch(integration, mapping, reason, enabled=False, as_json=as_json)


@app.command()
def remove(
    integration: IntegrationArgument,
    mapping: MappingArgument,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Remove a mapping of your own; what it filled stays until its order is read again."""
    with hub() as opened:
        from crossdock.hub.documents.mapping import mapping_document
        from crossdock.hub.listing import find_mapping
        from crossdock.hub.mappings.book import remove_rule

        found = find_mapping(opened.integration(integration), mapping)
        document = mapping_document(found)
        remove_rule(found, author=opened.author, reason=reason.strip())
        if as_json:
            show_json(document)
        else:
            print(f"The mapping of {cell(document['target'])} is removed.")


@app.command("try")
def try_(
    integration: IntegrationArgument,
    target: TargetArgument,
    source: SourceOption = "",
    translate: TranslateOption = None,
    default: DefaultOption = None,
    order: OrderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a mapping would make of an order's stored document: the newest one's, unless --order says another.

    Changes nothing, and asks nothing of the store.
    """
    with hub() as opened:
        from crossdock.flows.remapping import newest_order, try_rule

        found = opened.integration(integration)
        chosen = _order(opened, order) or newest_order(found)
        if chosen is None:
            raise CommandError(f"{found.name} has brought no order to try it on.")
        _print_trial(try_rule(found, chosen, _draft(target, source, translate, default)), as_json=as_json)


@app.command()
def apply(
    integration: IntegrationArgument,
    order: OrderOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=2000, help="The newest so many open orders.")
    ] = 200,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Apply the mappings to orders that are here already, from their stored documents.

    Only open orders of which nothing has gone to a warehouse; all others stay as they are. Nothing is asked of the
    store. See first what it would do: --dry-run.
    """
    with hub() as opened:
        from crossdock.flows.remapping import apply_remapping, plan_remapping

        found, chosen = opened.integration(integration), _order(opened, order)
        done = (
            plan_remapping(found, limit=limit, order=chosen)
            if dry_run
            else apply_remapping(
                found, author=opened.author, limit=limit, order=chosen, reason=reason.strip()
            )
        )
        _print_remapping(done, dry_run=dry_run, as_json=as_json)


def _switch(integration: str, mapping: str, reason: str, *, enabled: bool, as_json: bool) -> None:
    with hub() as opened:
        from crossdock.hub.listing import find_mapping
        from crossdock.hub.mappings.book import enable_rule

        found = find_mapping(opened.integration(integration), mapping)
        _print(
            enable_rule(found, enabled=enabled, author=opened.author, reason=reason.strip()), as_json=as_json
        )


def _draft(target: str, source: str, translate: Sequence[str] | None, default: str | None) -> Draft:
    from crossdock.hub.mappings.book import Draft

    example = '"DHL Express=express"'
    return Draft(target, source, pairs(translate or (), what="a translation", example=example), default)


def _order(opened: Hub, text: str | None) -> Order | None:
    from crossdock.hub.listing import find_order

    return None if text is None else find_order(opened.organization, text)


def _print(rule: MappingRule, *, as_json: bool) -> None:
    from crossdock.hub.documents.mapping import mapping_document

    document = mapping_document(rule)
    if as_json:
        show_json(document)
        return
    show_fields({**document, "translations": _pairs(rule.translations)})
    say(
        "It is applied to what is read from now on; `crossdock mappings apply --dry-run` shows the orders here."
    )


def _pairs(translations: Mapping[str, str]) -> str:
    return "; ".join(f"{there} = {here}" for there, here in translations.items())


def _print_all(opened: Hub, integration: str, *, own: bool, as_json: bool) -> None:
    from crossdock.flows.mapping_table import own_only, table

    rows = table(opened.integration(integration))
    rows = own_only(rows) if own else rows
    if as_json:
        show_json({"mappings": [_document(row) for row in rows]})
        return
    show_table(
        ["target", "by the connector", "yours", "on", "id"],
        [
            (
                row.target,
                row.baseline.source if row.baseline else "",
                _mine(row.own) if row.own else "",
                row.own.enabled if row.own else "",
                row.own.key if row.own else "",
            )
            for row in rows
        ],
        empty="No mappings of your own." if own else "This connector declares no mapping of orders.",
    )


def _mine(rule: MappingRule) -> str:
    if not rule.source:
        return "(empty)" if rule.default is None else f"always {rule.default}"
    parts = [rule.source, _pairs(rule.translations), "" if rule.default is None else f"else {rule.default}"]
    return ", ".join(part for part in parts if part)


def _document(row: Row) -> Document:
    from crossdock.hub.documents.mapping import mapping_document

    baseline = row.baseline
    return {
        "target": row.target,
        "connector": None if baseline is None else {"source": baseline.source, "note": baseline.note},
        "own": None if row.own is None else mapping_document(row.own),
    }


def _print_trial(trial: Trial, *, as_json: bool) -> None:
    result = trial.result
    if as_json:
        show_json(
            {
                "extOrderId": trial.order.ext_order_id, "outcome": result.outcome, "found": result.found,
                "connector": trial.baseline, "own": trial.own, "problem": result.problem,
            }
        )  # fmt: skip
        return
    show_fields(
        {
            "order": trial.order.ext_order_id,
            "in the document": ", ".join(result.found) or "-",
            "by the connector": ", ".join(trial.baseline) or "-",
            "with yours": ", ".join(trial.own) or "-",
            "outcome": result.outcome,
            "problem": result.problem,
        }
    )
    say("Nothing was changed.")


def _print_remapping(done: Remapping, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "orders": done.in_all, "lookedAt": done.looked_at, "changed": done.changed, "same": done.same,
                "unusable": done.unusable, "left": dict(done.left),
                "examples": [
                    {"extOrderId": one.order.ext_order_id, "before": one.before, "after": one.after}
                    for one in done.examples
                ],
            }
        )  # fmt: skip
        return
    for one in done.examples:
        for name, after in one.after.items():
            print(f"{one.order.ext_order_id}  {name}: {cell(one.before[name])} -> {cell(after)}")
    would = "would change" if dry_run else "changed"
    say(
        f"Of {done.in_all} open orders {done.looked_at} were looked at: {done.changed} {would}, {done.same} stay."
    )
    for why, number in done.left.items():
        say(f"{number} left as they are: {why}.")
    if done.unusable:
        say(f"In {done.unusable} of them a mapping found what it cannot use; see mappingNotApplied.")
