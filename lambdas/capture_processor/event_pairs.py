"""The lines of one file as events: the two sides of an event together, wherever they lie in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lambdas.capture_processor.capture_line import CapturedEvent, MalformedLine, parse

# A request has 25 MB and its response as much, a third more in base64; what is longer is no event.
LONGEST_LINE_BYTES = 96 * 1024 * 1024
# Of lines that are no events so many are kept, and so much of each; all are counted.
LINES_KEPT = 1000
BYTES_KEPT = 32_768


@dataclass(frozen=True)
class PutAside:
    """What is no record: the number of its line from 1, its size, why, and the beginning of what was written there."""

    number: int
    size_bytes: int
    reason: str
    line: bytes


@dataclass
class FileEvents:
    """What a file holds. `lines` counts all that are not blank, `repeated` those that said nothing new, `not_kept` what
    is no record beyond the first ones, which `malformed` has. `numbers` says on which line an event began."""

    events: dict[str, CapturedEvent] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    malformed: list[PutAside] = field(default_factory=list)
    not_kept: int = 0
    lines: int = 0
    repeated: int = 0

    def put_aside(self, number: int, reason: str, line: bytes, size_bytes: int) -> None:
        """Count what is no record, and keep it while there are not too many."""
        if len(self.malformed) < LINES_KEPT:
            self.malformed.append(PutAside(number, size_bytes, reason, line[:BYTES_KEPT]))
        else:
            self.not_kept += 1

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
        if len(line) > LONGEST_LINE_BYTES:
            found.put_aside(number, "it is longer than any event", line, len(line))
            continue
        try:
            event = parse(line)
        except MalformedLine as error:
            found.put_aside(number, str(error), line, len(line))
            continue
        except Exception as error:
            found.put_aside(number, f"it cannot be read: {type(error).__name__}", line, len(line))
            continue
        known = found.events.get(event.event_id)
        if known is None:
            found.events[event.event_id] = event
            found.numbers[event.event_id] = number
            continue
        if (known.input or not event.input) and (known.output or not event.output):
            found.repeated += 1
        found.events[event.event_id] = known.joined(event)
    return found


def lines_of(body: bytes) -> Iterator[bytes]:
    """The lines of a file, one at a time: it may be nothing but line ends."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield body[start:end]
        start = end + 1
