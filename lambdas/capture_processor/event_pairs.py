"""The lines of one file as events: the two sides of an event together, wherever they lie in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lambdas.capture_processor.capture_line import CapturedEvent, MalformedLine, parse


@dataclass(frozen=True)
class PutAside:
    """A line that is no event: its number from 1, its size, and why."""

    number: int
    size_bytes: int
    reason: str
    line: bytes


@dataclass
class FileEvents:
    """What a file holds. `lines` counts all that are not blank, `repeated` those that said nothing new."""

    events: dict[str, CapturedEvent] = field(default_factory=dict)
    malformed: list[PutAside] = field(default_factory=list)
    lines: int = 0
    repeated: int = 0

    @property
    def whole(self) -> list[CapturedEvent]:
        """Events with both sides."""
        return [event for event in self.events.values() if event.input and event.output]

    @property
    def halves(self) -> list[CapturedEvent]:
        """Events whose other side this file does not hold."""
        return [event for event in self.events.values() if not (event.input and event.output)]


def read_events(lines: Iterable[bytes]) -> FileEvents:
    """Events by their ids in the order of their first lines; a malformed line costs nobody but itself."""
    found = FileEvents()
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line:
            continue
        found.lines += 1
        try:
            event = parse(line)
        except MalformedLine as error:
            found.malformed.append(PutAside(number, len(line), str(error), line))
            continue
        known = found.events.get(event.event_id)
        if known is None:
            found.events[event.event_id] = event
            continue
        if (known.input or not event.input) and (known.output or not event.output):
            found.repeated += 1
        found.events[event.event_id] = known.joined(event)
    return found
