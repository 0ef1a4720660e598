"""Tags of the portal's templates: statuses, money, times and icons, said the same way on every page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

import msgspec
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeData, SafeString

from crossdock.hub.clock import system_clock
from crossdock.hub.listing.paging import MOST_COUNTED
from crossdock.hub.models import Event, OrderLine, Product, Run, public_key
from crossdock.portal.words import happenings
from crossdock.portal.words.fields import field_name
from crossdock.portal.words.flows import WHY, noun
from crossdock.portal.words.locale import MINUS, amount_text, date_and_time, number_text
from crossdock.portal.words.sentences import told as told_here
from crossdock.portal.words.statuses import spaced as spaced_words
from crossdock.portal.words.statuses import spaced_code, word
from crossdock.portal.words.sums import amount_of
from crossdock.portal.words.values import Teller

register = template.Library()
register.filter(spaced_code)

NONE = "\N{EN DASH}"


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Show an icon. It says nothing to screen readers: the text beside it does."""
    source = static("vendor/tabler-icons/icons.svg")
    return format_html(
        '<svg class="icon {}" width="24" height="24" aria-hidden="true"><use href="{}#{}"/></svg>',
        extra, source, name,
    )  # fmt: skip


@register.simple_tag
def status(kind: str, value: str) -> SafeString:
    """Show a status as a badge with its hint."""
    shown = word(kind, value)
    return format_html(
        '<span class="badge bg-{0}-lt" title="{2}">{1}</span>',
        shown.tone,
        shown.label,
        shown.hint or shown.label,
    )


@register.filter
def tone(value: str, kind: str) -> str:
    """Return the colour name of a status."""
    return word(kind, value).tone


@register.filter
def label(value: str, kind: str) -> str:
    """Return the words of a status."""
    return word(kind, value).label


@register.filter
def spaced(value: str) -> str:
    """Return a code as words."""
    return spaced_words(value)


@register.simple_tag
def money(amount: Decimal | str | None, currency: str) -> SafeString:
    """Show an amount with its currency; a dash for none. The minus sign is a real one."""
    if amount is None or amount == "":
        return format_html('<span class="text-secondary">{}</span>', NONE)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return format_html("{} {}", amount, currency)
    return format_html(
        '<span class="money">{}{}<span class="currency"> {}</span></span>',
        MINUS if value < 0 else "", amount_text(value, currency), currency,
    )  # fmt: skip


@register.filter
def number(value: int | None) -> str:
    """Return a whole number with its thousands apart; a dash for none."""
    return NONE if value is None else number_text(value).replace("-", MINUS)


@register.filter
def at_most(value: int) -> str:
    """Return a number of rows that were counted up to `MOST_COUNTED`: beyond, it is not known."""
    return number(value) if value <= MOST_COUNTED else f"more than {number(MOST_COUNTED)}"


@register.filter
def signed(value: int) -> str:
    """Return a difference with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


@register.simple_tag
def moment(value: datetime | None, never: str = NONE) -> SafeString:
    """Show a time in the organization's zone, as the reader writes times; pointing at it gives UTC."""
    if value is None:
        return format_html('<span class="text-secondary">{}</span>', never)
    return _time(value, date_and_time(timezone.localtime(value)))


@register.simple_tag
def ago(value: datetime | None, never: str = "never") -> SafeString:
    """Show how long ago something was; pointing at it gives the time in UTC."""
    if value is None:
        return format_html('<span class="text-secondary">{}</span>', never)
    return _time(value, ago_text(system_clock() - value))


def _time(value: datetime, text: str) -> SafeString:
    utc = timezone.localtime(value, timezone=timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}" title="{} UTC" class="text-nowrap">{}</time>',
        utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M:%S}", text,
    )  # fmt: skip


def ago_text(span: timedelta) -> str:
    """Return a past span in words, e.g. ``3 min ago``; what lies ahead is ``just now``, clocks differ."""
    return "just now" if span < timedelta(seconds=10) else f"{span_text(span.total_seconds())} ago"


_SPANS = ((86400 * 2, 86400, "days"), (7200, 3600, "h"), (120, 60, "min"))


@register.filter("span")
def span_text(seconds: float | None) -> str:
    """Return a number of seconds as a rough span: ``42 s``, ``3 min``, ``5 h``, ``4 days``."""
    if seconds is None:
        return NONE
    for least, size, unit in _SPANS:
        if seconds >= least:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


@register.filter
def item(record: Mapping[object, object], name: object) -> object:
    """Return what a mapping has under a name that is not known before; nothing where it has none."""
    return record.get(name)


@register.filter
def pretty(value: object) -> str:
    """Return a JSON value, or a JSON text, set out to be read. Numbers keep their spelling."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text


@register.filter
def at(names: Mapping[int, str], place: int) -> str:
    """Return what stands at a place of a mapping; nothing where nothing does."""
    return names.get(place, "")


@register.filter
def key(pk: int | None) -> str:
    """Return the public key of a row number; nothing for none."""
    return "" if pk is None else public_key(pk)


@register.simple_tag
def barwidth(part: int, whole: int, full: int = 1000) -> int:
    """Return the width of a part in a bar `full` units wide; a part that exists can be seen."""
    return max(round(part * full / whole), 4) if part and whole else 0


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: object) -> str:
    """Return this page's query with some parameters changed (empty ones go), e.g. for the next page."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def why(trigger: str) -> str:
    """Return why a run was made, in words."""
    return WHY.get(trigger, trigger)


@register.filter
def moved(run: Run) -> int:
    """Return how many records a run changed on either side."""
    return run.created + run.changed + run.deleted + run.written


@register.filter
def line_amount(line: OrderLine) -> Decimal:
    """Return what a line costs before discounts and tax."""
    return line.item_price * line.quantity


@register.filter
def negated(record: Mapping[str, object]) -> Decimal:
    """Return the amount of a refund as it is taken off."""
    return -amount_of(record)


@register.filter
def one_line(address: Mapping[str, str] | None) -> str:
    """Return an address on one line; nothing for none."""
    if not isinstance(address, Mapping):
        return ""
    parts = (
        address.get("address1"),
        address.get("zipCodeOrPostalCode"),
        address.get("city"),
        address.get("country"),
    )
    return ", ".join(str(part) for part in parts if part)


@register.filter
def link(url: object) -> str:
    """Return an address that came from outside if a browser may be sent there: http and https only."""
    return url if isinstance(url, str) and url.lower().startswith(("https://", "http://")) else ""


@register.simple_tag(takes_context=True)
def who(context: template.Context, author: str) -> str:
    """Return the name of an event's author as people know it: an integration by its name, not by its key."""
    visit = context.get("visit")
    return visit.authors.name(author) if visit is not None else author


@register.filter
def called(flow: object) -> str:
    """Return what a flow, or what it carries, is called: ``push shipments`` is *push shipping requests*."""
    return " ".join(noun(word) for word in str(flow).split())


@register.filter
def happened(event: Event) -> str:
    """Return what an event says happened: ``Order released by a rule``."""
    return happenings.title(event.entity, event.operation, author=event.author, after=event.after)


@dataclass(frozen=True)
class Change:
    """One field of an event as it is read: what it is called, and what it is now; or was, where it is gone."""

    name: str
    value: str
    gone: bool
    tried: Sequence[str] = ()


@register.simple_tag(takes_context=True)
def changes(context: template.Context, event: Event) -> list[Change]:
    """Return what an event changed, field by field; of what only says how something was, that."""
    gone = not event.after
    sides = event.before if gone else event.after
    side: Mapping[str, object] = sides if isinstance(sides, Mapping) else {}
    teller = _teller(context, event.entity, side)
    return [
        Change(
            field_name(name, event.entity), teller.tell(name, value), gone,
            [teller.tell("", one) for one in value] if name == "explanation" and isinstance(value, list) else (),
        )
        for name, value in side.items()
    ]  # fmt: skip


@register.simple_tag(takes_context=True)
def value_of(context: template.Context, entity: str, name: str, value: object) -> str:
    """Return what a field of a kind of record is, in words; amounts in the page's `currency`."""
    return _teller(context, entity, {}).tell(name, value)


@register.filter
def field(name: str, entity: str = "") -> str:
    """Return what a field of a kind of record is called."""
    return field_name(name, entity)


@register.filter
def told(sentence: object) -> str:
    """Return a sentence that was written down, as it is to be read here: times in the organization's zone."""
    text = str(sentence or "")
    return text if isinstance(text, SafeData) else told_here(text)


def _teller(context: template.Context, entity: str, side: Mapping[str, object]) -> Teller:
    """Whoever tells the values of a record on this page. An event's own currency goes before the page's."""
    visit = context.get("visit")
    currency = str(side.get("currency") or context.get("currency") or "")
    return Teller(entity, currency, visit.authors if visit is not None else None)


@register.filter
def happening(operation: str, entity: str) -> str:
    """Return what an operation on a kind of record (empty for any) is called."""
    return happenings.kind_of_happening(entity, operation)


@register.filter
def thumbnail(product: Product) -> str:
    """Return the address of a product's first picture, if a browser may be sent there."""
    images = product.canonical.get("imageUrls")
    return link(images[0]) if isinstance(images, list) and images else ""


@register.filter
def units(value: object) -> str:
    """Return a figure of stock as people say it: a number, or the words of its state."""
    text = str(value)
    return number(int(text)) if text.removeprefix("-").isdigit() else word("stock", text).label


@register.simple_tag
def difference(before: object, after: object) -> str:
    """Return what a figure of stock changes by; a dash where one of the two is no number."""
    try:
        return signed(int(str(after)) - int(str(before)))
    except ValueError:
        return NONE
