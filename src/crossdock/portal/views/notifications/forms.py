"""The form of a notification rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from crossdock.hub.mail import mail_is_sent
from crossdock.hub.models import Integration, NotificationRule
from crossdock.hub.notifications.kinds import KINDS, OTHER
from crossdock.hub.notifications.rules import DELAYS, Wish
from crossdock.portal.access import Visit
from crossdock.portal.forms import PortalForm
from crossdock.portal.words.statuses import spaced

EVERYTHING, CHOSEN = "everything", "chosen"
_LABELS = {OTHER: "Whatever has no page of its own"}
_GROUPS = {**KINDS, "Anything else": (OTHER,)}


@dataclass(frozen=True)
class Kind:
    """One box to tick."""

    code: str
    label: str
    ticked: bool


class RuleForm(PortalForm):
    """Who is told of what, by what and when."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="Who is told of what, e.g. “Warehouse desk”."
    )
    channel = forms.ChoiceField(
        label="By", choices=NotificationRule.Channel.choices, widget=forms.RadioSelect
    )
    emails = forms.CharField(
        label="E-mail addresses", required=False, help_text="One a line; each gets a message of its own.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "inputmode": "email"}),
    )  # fmt: skip
    url = forms.CharField(
        label="Address of the webhook", required=False, max_length=1000,
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip
    about = forms.ChoiceField(
        label="Tells of", widget=forms.RadioSelect,
        choices=[(EVERYTHING, "Every kind of exception"), (CHOSEN, "Only the kinds ticked here")],
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        required=False, choices=[(code, code) for codes in _GROUPS.values() for code in codes]
    )
    integration = forms.ChoiceField(label="Integration", required=False)
    minutes = forms.TypedChoiceField(label="When", coerce=int, choices=list(DELAYS.items()))
    tell_closed = forms.BooleanField(label="Also tell when they are over", required=False)

    def __init__(self, visit: Visit, rule: NotificationRule | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(rule), **kwargs)
        kept = rule.integration_id if rule is not None else None
        rows = Integration.objects.filter(organization=visit.organization).order_by("pk")
        # One that was removed stays a choice of its own rule, which would else be about everything.
        self._integrations = {
            one.key: one for one in rows if one.pk == kept or one.state != Integration.State.REMOVED
        }
        self.fields["integration"].choices = [  # type: ignore[attr-defined]  # a field of choices
            ("", "Every integration"), *((key, named(one)) for key, one in self._integrations.items()),
        ]  # fmt: skip
        self.fields["url"].help_text = (
            f"Leave it empty to keep the one at {rule.url_host}; it is not shown again."
            if rule and rule.url_host
            else "It gets JSON, of which chat programs such as Slack or Mattermost show the text. Kept encrypted."
        )

    @property
    def wish(self) -> Wish:
        """What the rule is to be. Valid forms only."""
        values = self.cleaned_data
        return Wish(
            name=values["name"], channel=values["channel"], emails=values["emails"].splitlines(),
            url=values["url"], kinds=values["kinds"] if values["about"] == CHOSEN else [],
            integration=self._integrations.get(values["integration"]), minutes=values["minutes"],
            tell_closed=values["tell_closed"],
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a choice of nothing, which would mean everything."""
        values = self.cleaned_data
        if values.get("about") == CHOSEN and not values.get("kinds"):
            self.add_error("about", "tick at least one kind below, or choose every kind")
        return values

    def groups(self) -> list[tuple[str, list[Kind]]]:
        """Return the kinds to tick, by their headings."""
        ticked = set(self["kinds"].value() or [])
        return [
            (heading, [Kind(code, _LABELS.get(code) or spaced(code), code in ticked) for code in codes])
            for heading, codes in _GROUPS.items()
        ]


def named(integration: Integration) -> str:
    """How a choice calls an integration."""
    removed = integration.state == Integration.State.REMOVED
    return f"{integration.name} (removed)" if removed else integration.name


def _initial(rule: NotificationRule | None) -> dict[str, object]:
    if rule is None:
        channel = NotificationRule.Channel.EMAIL if mail_is_sent() else NotificationRule.Channel.WEBHOOK
        return {"channel": channel, "about": EVERYTHING, "minutes": 15}
    return {
        "name": rule.name, "channel": rule.channel, "emails": "\n".join(rule.emails),
        "about": CHOSEN if rule.kinds else EVERYTHING, "kinds": rule.kinds,
        "integration": rule.integration.key if rule.integration else "", "minutes": rule.minutes,
        "tell_closed": rule.tell_closed,
    }  # fmt: skip
