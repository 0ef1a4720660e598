"""Runs and imports: how far an import is, and pausing and resuming it."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.unit.portal.reading import text_of

from crossdock.flows import jobs
from crossdock.hub.models import Event, Import, Run


@pytest.fixture
def history(shop: Any) -> Import:
    """The import that is under way."""
    return Import.objects.get(flow__integration=shop.integration)


def page(browser: Client, history: Import) -> str:
    """What its page says."""
    return str(text_of(browser.get(reverse("portal:runs-import", args=[history.key]))))


def test_an_import_tells_count_pace_and_what_is_left(browser: Client, history: Import) -> None:
    began = history.created_at
    newest = began + timedelta(seconds=75)
    Import.objects.filter(pk=history.pk).update(stint_began=began, stint_read=300, updated_at=newest)
    with time_machine.travel(began + timedelta(seconds=80), tick=False):
        text = page(browser, history)
    with time_machine.travel(began + timedelta(minutes=5), tick=False):
        late = page(browser, history)
    assert "Nothing has come for 3 min" in late
    assert "a second" not in late
    assert "8,300" in text
    assert "of 12,400" in text
    assert "100 a second" in text
    assert "41 s left" in text
    assert 'value="669"' in text
    assert "every 2s" in text


def test_pausing_and_resuming(browser: Client, history: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[Import] = []
    monkeypatch.setattr(jobs, "queue_import", queued.append)
    pause = reverse("portal:runs-import-pause", args=[history.key])
    resume = reverse("portal:runs-import-resume", args=[history.key])
    assert "pauses after the page" in text_of(browser.post(pause, follow=True))
    history.refresh_from_db()
    assert history.state == "paused"
    Import.objects.filter(pk=history.pk).update(updated_at=history.created_at - timedelta(days=3))
    assert "every 2s" not in page(browser, history)
    assert "not running" in text_of(browser.post(pause, follow=True))
    assert "goes on where it stood" in text_of(browser.post(resume, follow=True))
    history.refresh_from_db()
    assert history.state == "running"
    assert "Nothing has come for" not in page(browser, history), "it has only just begun again"
    assert queued == [history]
    told = Event.objects.filter(operation__in=["importPaused", "importResumed"]).values_list(
        "author", flat=True
    )
    assert list(told) == ["user:ann@kaffewerk.test"] * 2
    Import.objects.filter(pk=history.pk).update(state="completed")
    assert "nothing to resume" in text_of(browser.post(resume, follow=True))
    assert "Pause</button>" not in page(browser, history)


def test_an_import_of_a_removed_account_does_not_go_on(browser: Client, shop: Any, history: Import) -> None:
    browser.post(reverse("portal:integrations-remove", args=[shop.integration.key]))
    answer = browser.post(reverse("portal:runs-import-resume", args=[history.key]), follow=True)
    assert "was removed" in text_of(answer)
    history.refresh_from_db()
    assert history.state == "failed"


def test_what_hinders_an_import_is_said(browser: Client, shop: Any, history: Import) -> None:
    browser.post(reverse("portal:integrations-disable", args=[shop.integration.key]))
    assert "The integration is disabled." in page(browser, history)


def test_runs_are_filtered_by_integration_flow_and_outcome(
    browser: Client, shop: Any, sample: ModuleType
) -> None:
    failed = browser.get("/runs", {"outcome": "failed"}).context["page"].rows
    assert {run.outcome for run in failed} == {"failed"}
    mine = browser.get("/runs", {"integration": shop.integration.key}).context["page"].rows
    assert {run.flow.integration_id for run in mine} == {shop.integration.pk}
    everything = browser.get("/runs", {"integration": "nonsense"}).context["page"].rows
    assert len(everything) == len(mine)
    assert "Imports of history under way" in text_of(browser.get("/runs"))


def test_a_rehearsal_says_that_it_wrote_nothing(browser: Client, shop: Any) -> None:
    Run.objects.filter(pk=shop.run.pk).update(trigger="preview")
    text = text_of(browser.get(reverse("portal:runs-one", args=[shop.run.key])))
    assert "nothing was written" in text
