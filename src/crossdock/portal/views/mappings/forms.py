"""A mapping of one's own as it is typed."""

from __future__ import annotations

from django import forms

from crossdock.hub.mappings.book import Draft
from crossdock.hub.mappings.targets import TARGETS
from crossdock.hub.models import MappingRule
from crossdock.portal.forms import PortalForm

SOURCE, ALWAYS, EMPTY = "source", "always", "empty"
CUSTOM = "customFields"
MEANS = "=>"
LONGEST_TABLE = 60_000


class MappingForm(PortalForm):
    """What fills a target. Where a mapping is made, the target is chosen; of a stored one it may be changed, too."""

    target = forms.ChoiceField(
        label="What it fills",
        choices=[(name, f"{target.label} ({name})") for name, target in TARGETS.items()],
        help_text="Amounts, quantities, ids, SKUs, addresses and payment cannot be filled.",
    )
    custom = forms.CharField(
        label="Name of the custom field", required=False, max_length=80,
        help_text="Only for a custom field, e.g. Gift message.",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="With what",
        choices=[
            (SOURCE, "What the store's document has at a path"),
            (ALWAYS, "Always the same text"),
            (EMPTY, "Nothing: the connector's own mapping is switched off"),
        ],
        widget=forms.RadioSelect,
        initial=SOURCE,
    )
    source = forms.CharField(
        label="Path", required=False, max_length=400,
        help_text="E.g. extraFields.gift_message, or orderExtraFields[title=Delivery date].value",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )  # fmt: skip
    translations = forms.CharField(
        label="Translations", required=False, max_length=LONGEST_TABLE, strip=True,
        help_text="One a line: what the document says => what it means here. Without any, it is taken as it is.",
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "DHL Express => express", "spellcheck": "false"}),
    )  # fmt: skip
    default = forms.CharField(
        label="Text", required=False, max_length=1000,
        help_text="What is always taken; or with a path, what is taken where the document has nothing there, or "
        "nothing that is translated. Without it the connector's value stays then.",
        widget=forms.Textarea(attrs={"rows": 1}),
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", required=False, max_length=200, help_text="Stands in the history."
    )
    order = forms.CharField(label="Try it on order", required=False, max_length=120)

    def draft(self) -> Draft | None:
        """Return the mapping that was typed; None where a part is missing, which the form then says."""
        values = self.cleaned_data
        kind, default = values["kind"], values["default"] or None
        if kind == SOURCE and not values["source"]:
            self.refuse("source", "Give the path in the document, e.g. extraFields.gift_message.")
        if kind == ALWAYS and default is None:
            self.refuse("default", "Give the text that is always taken.")
        translations = self._translations() if kind == SOURCE else {}
        if self.errors:
            return None
        target = values["target"]
        name = f"{CUSTOM}[{values['custom']}]" if target == CUSTOM else target
        return Draft(
            name, values["source"] if kind == SOURCE else "", translations, None if kind == EMPTY else default
        )

    def _translations(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, line in enumerate(self.cleaned_data["translations"].splitlines(), start=1):
            if not line.strip():
                continue
            there, arrow, here = line.partition(MEANS)
            there, here = there.strip(), here.strip()
            if not arrow or not there or not here:
                self.refuse(
                    "translations", f"Line {place}: write what the document says, {MEANS}, and what it means."
                )
            elif there in found:
                self.refuse("translations", f"Line {place}: {there!r} is there twice.")
            found[there] = here
        return found


def as_typed(rule: MappingRule) -> dict[str, str]:
    """Return a stored mapping as the form shows it."""
    name, bracket, own = rule.target.partition("[")
    kind = SOURCE if rule.source else EMPTY if rule.default is None else ALWAYS
    return {
        "target": name,
        "custom": own.removesuffix("]") if bracket else "",
        "kind": kind,
        "source": rule.source,
        "translations": "\n".join(f"{there} {MEANS} {here}" for there, here in rule.translations.items()),
        "default": rule.default or "",
    }
