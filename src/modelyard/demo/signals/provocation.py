"""An alarm on refused requests: a team sends what no model can read until it is on, and better ones until it is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.catalog.entry import Entry
from modelyard.demo.signals.alarm import AlarmWatch, StateChange
from modelyard.demo.signals.load import LoadTask, Sender, Sent
from modelyard.demo.steps import Steps


@dataclass(frozen=True, kw_only=True)
class AlarmStory:
    """The alarm's rule and words, and when it went on and off; `sent` is what it took."""

    name: str
    composite: str
    endpoint: str
    team: str
    rule: str
    description: str
    recipients: Sequence[str]
    fired: StateChange
    cleared: StateChange
    sent: Sequence[Sent]
    history: Sequence[str]


def provoke(
    watch: AlarmWatch, sender: Sender, entry: Entry, *, team: str, steps: Steps, patience_seconds: float
) -> AlarmStory:
    """Do so, and tell when the alarm changed; `Failure` where it does not within the patience."""
    endpoint = entry.endpoint_name
    sent: list[Sent] = []
    watch.wait_until("OK", patience_seconds=patience_seconds)
    with steps.step(f"sending requests that {endpoint} must refuse, until its alarm on them is on"):
        fired = watch.wait_until(
            "ALARM",
            patience_seconds=patience_seconds,
            meanwhile=lambda: sent.append(sender.send_unreadable(endpoint, team)),
        )
    with steps.step("sending requests that it can answer, until the alarm is off"):
        mended = LoadTask(endpoint=endpoint, team=team, prompt="Say hello.", streamed=False)
        cleared = watch.wait_until(
            "OK", patience_seconds=patience_seconds, meanwhile=lambda: sent.append(sender.send(mended))
        )
    return AlarmStory(
        name=watch.name,
        composite=watch.composite,
        endpoint=endpoint,
        team=team,
        rule=watch.rule,
        description=watch.description,
        recipients=watch.recipients,
        fired=fired,
        cleared=cleared,
        sent=sent,
        history=watch.changes(),
    )
