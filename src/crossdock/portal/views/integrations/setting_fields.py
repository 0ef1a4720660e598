"""The settings of an integration as fields: what each means, its unit, its default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crossdock.connectors.contract import Manifest, OptionField
from crossdock.flows.push_inventory import GUARD_LEAST, GUARD_SHARE
from crossdock.hub.models import Integration, Location
from crossdock.hub.stock.feeding import SETTING as FEED_FROM
from crossdock.portal.forms import PortalForm, style_widget


@dataclass(frozen=True)
class Section:
    """Settings that belong together, with the names of their fields."""

    title: str
    about: str
    names: tuple[str, ...]


STOCK = Section(
    "Stock figures",
    "What this channel shows of a SKU: on hand, less what is committed, more what is to come, less the buffer; "
    "at least the floor, at most the cap. A SKU's own limits go before these.",
    ("buffer", "floor", "cap", FEED_FROM),
)
ORDERS = Section("Orders", "", ("acceptUnpaid",))
GUARD = Section(
    "Guard of stock pushes",
    "A push that changes more than this share of the listings, and at least this many, stops and asks.",
    ("guardShare", "guardLeast"),
)
PACE = Section("Pace", "", ("callsPerMinute", "searchLagSeconds"))
WAREHOUSE_PACE = Section("Pace", "", ("callsPerMinute",))


def sections(manifest: Manifest) -> list[Section]:
    """Return which settings an integration of this connector has, in the order of the page."""
    own = Section(
        f"What {manifest.name} is told, and how", "", tuple(option.name for option in manifest.options)
    )
    if manifest.role == "warehouse":
        return [*([own] if own.names else []), WAREHOUSE_PACE]
    return [ORDERS, STOCK, *([own] if own.names else []), GUARD, PACE]


class SettingsForm(PortalForm):
    """All settings of one integration. `changes` are those that were given another value."""

    def __init__(
        self, integration: Integration, manifest: Manifest, data: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(data)
        self.integration, self.manifest = integration, manifest
        self.sections = sections(manifest)
        options = {option.name: option for option in manifest.options}
        for section in self.sections:
            for name in section.names:
                field = _option_field(options[name]) if name in options else self._common(name)
                field.required = False
                self.fields[name] = field
                self.initial[name] = self._now(name, options.get(name))
        for name, field in self.fields.items():
            style_widget(field)
            if field.help_text:
                field.widget.attrs.setdefault("aria-describedby", f"id_{name}_helptext")

    def grouped(self) -> list[tuple[Section, list[forms.BoundField]]]:
        """Return the fields by section, for the page."""
        return [(section, [self[name] for name in section.names]) for section in self.sections]

    def changes(self) -> dict[str, object]:
        """Return what is to be changed, as `set_settings` takes it; call it on a valid form."""
        options = {option.name: option for option in self.manifest.options}
        changed: dict[str, object] = {}
        for name in self.fields:
            value = _as_setting(name, self.cleaned_data.get(name), options.get(name))
            if value is None and name != "cap":
                continue  # emptied: it stays as it is, the page shows what that is
            if name == "cap" and value is None:
                value = ""
            if value != _as_setting(name, self.initial[name], options.get(name)) and not (
                name == "cap" and value == "" and self.initial[name] in (None, "")
            ):
                changed[name] = value
        return changed

    def _now(self, name: str, option: OptionField | None) -> object:
        kept = self.integration.settings.get(name)
        if kept is None:
            kept = _defaults(self.manifest).get(name) if option is None else option.default
        if option is not None and option.kind == "list" and isinstance(kept, list | tuple):
            return ", ".join(str(one) for one in kept)
        if name == "guardShare" and isinstance(kept, int | float):
            return round(float(kept) * 100, 2)
        return kept

    def _common(self, name: str) -> forms.Field:
        if name == FEED_FROM:
            chosen = [str(key) for key in self.integration.settings.get(FEED_FROM) or []]
            return forms.MultipleChoiceField(
                label="Locations that feed it",
                choices=_feeders(self.integration.organization_id, chosen),
                widget=forms.CheckboxSelectMultiple,
                help_text="None ticked: all that may feed it, those excluded from totals left out.",
            )
        return _common_fields(self.manifest)[name]


def _feeders(organization: int, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """The locations that may feed a channel; and those chosen before that feed nothing at the moment.

    A choice that the form did not show would be lost by saving it, and with the last one gone all would feed it.
    """
    stock = Location.objects.filter(organization_id=organization, kind=Location.Kind.STOCK).order_by("name")
    shown = [
        (place.key, place.name if active else f"{place.name} ({place.get_status_display().lower()})")
        for place in stock
        if (active := place.status == Location.Status.ACTIVE) or place.key in chosen
    ]
    known = {key for key, _ in shown}
    return [
        *shown,
        *((key, f"{key} (there is no such stock location any more)") for key in chosen if key not in known),
    ]


def _defaults(manifest: Manifest) -> dict[str, object]:
    return {
        "buffer": 0,
        "floor": 0,
        "cap": None,
        FEED_FROM: [],
        "acceptUnpaid": False,
        "guardShare": GUARD_SHARE,
        "guardLeast": GUARD_LEAST,
        "searchLagSeconds": manifest.search_lag,
        "callsPerMinute": manifest.calls_per_minute,
    }


def _common_fields(manifest: Manifest) -> dict[str, forms.Field]:
    return {
        "buffer": forms.IntegerField(
            label="Buffer, in units",
            min_value=0,
            help_text="Held back from this channel for every SKU. Default: 0.",
        ),
        "floor": forms.IntegerField(
            label="Floor, in units",
            min_value=0,
            help_text="Shown at least, even when there is less, to take orders for what is to come. Default: 0.",
        ),
        "cap": forms.IntegerField(
            label="Cap, in units", min_value=0, help_text="Shown at most. Empty, the default: no cap."
        ),
        "acceptUnpaid": forms.BooleanField(
            label="Ship orders that are not paid",
            help_text="Off, the default: an order waits until the store says it is paid.",
        ),
        "guardShare": forms.FloatField(
            label="Share of the listings, in percent",
            min_value=0,
            max_value=100,
            help_text=f"Default: {GUARD_SHARE * 100:.0f} %.",
        ),
        "guardLeast": forms.IntegerField(
            label="Listings at least",
            min_value=0,
            help_text=f"Smaller plans never stop. Default: {GUARD_LEAST}.",
        ),
        "searchLagSeconds": forms.FloatField(
            label="Search lag, in seconds",
            min_value=0,
            help_text=f"How far the account's search may trail what was written. Default: {manifest.search_lag:g}.",
        ),
        "callsPerMinute": forms.IntegerField(
            label="Calls per minute, at most",
            min_value=1,
            help_text=f"Of all processes together. Default: {manifest.calls_per_minute}.",
        ),
    }


def _option_field(option: OptionField) -> forms.Field:
    if option.kind == "boolean":
        state = "on" if option.default else "off"
        return forms.BooleanField(label=option.label, help_text=f"{option.help} Default: {state}.")
    shown = ", ".join(option.default) if isinstance(option.default, tuple) else str(option.default)
    text = f"{option.help} Default: {option.named(shown) or 'empty'}."
    if option.kind == "integer":
        return forms.IntegerField(label=option.label, min_value=0, help_text=text)
    if option.choices:
        return forms.ChoiceField(
            label=option.label,
            choices=choices_of(option),
            help_text=format_html("{}{}", text, _codes(option)),
        )
    return forms.CharField(label=option.label, max_length=2_000, help_text=text)


def choices_of(option: OptionField) -> list[tuple[str, str]]:
    """Return the choices of an option with what each is called."""
    return [(one, option.named(one) or "leave it alone") for one in option.choices]


def _codes(option: OptionField) -> SafeString | str:
    """The values behind the words, in small print: whoever sets them by a command or a program needs them."""
    if not option.words:
        return ""
    codes = ((option.named(one), one) for one in option.choices if one)
    listed = format_html_join(", ", "{} <code>{}</code>", codes)
    return format_html(' <span class="cd-codes">For commands and the API: {}.</span>', listed)


def _as_setting(name: str, value: object, option: OptionField | None) -> object:
    """Return a field's value as it is stored."""
    if option is not None and option.kind == "list":
        return [one.strip() for one in str(value or "").split(",") if one.strip()]
    if name == FEED_FROM:
        return sorted(str(one) for one in value) if isinstance(value, list | tuple) else []
    if name == "guardShare" and isinstance(value, int | float):
        return float(value) / 100
    if name == "searchLagSeconds" and isinstance(value, int | float):
        return float(value)
    return value
