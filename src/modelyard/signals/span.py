"""The time that a report covers and the steps in which it is drawn; every time here is UTC, without a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelyard.shell.failure import Failure

# More steps are more than a plot as wide as a phone shows.
MOST_STEPS = 72
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_STEPS = (
    *(number * _MINUTE for number in (1, 5, 15, 30)),
    *(number * _HOUR for number in (1, 3, 6, 12)),
    _DAY,
    _WEEK,
)
# A Monday at midnight: steps of hours begin at whole hours, steps of weeks with a week.
_ORIGIN = datetime(1970, 1, 5)


@dataclass(frozen=True, kw_only=True)
class Span:
    """What was asked for: from `start`, up to and without `end`; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def touches(self, hour: datetime) -> bool:
        """Whether a part of the hour that begins then lies in the span."""
        return (self.end is None or hour < self.end) and (self.start is None or hour + _HOUR > self.start)

    @property
    def words(self) -> str:
        """` from 2026-11-21 00:00 to 2026-11-22 00:00 UTC`, behind what it limits; nothing where nothing is limited."""
        if self.start is None and self.end is None:
            return ""
        start = "" if self.start is None else f" from {moment(self.start)}"
        end = "" if self.end is None else f" to {moment(self.end)}"
        return f"{start}{end} UTC"


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The steps of a report: step `i` begins `i` times `step` after `origin`; the first and the last may be cut."""

    start: datetime
    end: datetime
    origin: datetime
    step: timedelta
    steps: int

    def begin(self, number: int) -> datetime:
        """When a step begins, whether or not the report begins within it."""
        return self.origin + number * self.step

    def covered_seconds(self, number: int) -> float:
        """How much of a step the report covers."""
        begin = self.begin(number)
        return (min(begin + self.step, self.end) - max(begin, self.start)).total_seconds()

    @property
    def step_words(self) -> str:
        """`15 minutes`, `hour`."""
        for length, word in ((_WEEK, "week"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
            if self.step >= length:
                number = self.step // length
                return word if number == 1 else f"{number} {word}s"
        raise ValueError(f"no step is as short as {self.step}")


def asked_span(start: str | None, end: str | None) -> Span:
    """What `--from` and `--to` say."""
    span = Span(start=_moment_of("--from", start), end=_moment_of("--to", end))
    if span.start is not None and span.end is not None and span.start >= span.end:
        raise Failure(
            f"--from is {moment(span.start)} and --to is {moment(span.end)}: nothing lies between; "
            "--to is the first moment that no longer counts"
        )
    return span


def timeline(span: Span, *, first: datetime, last: datetime) -> Timeline:
    """The finest steps that are not too many, over what was asked for; an open end lies where the records end."""
    asked = (span.end or last) - (span.start or first)
    step = next((step for step in _STEPS if asked <= (MOST_STEPS - 1) * step), None)
    if step is None:
        step = -(-asked // ((MOST_STEPS - 1) * _WEEK)) * _WEEK
    start = span.start or _floor(first, step)
    end = span.end or _floor(last, step) + step
    origin = _floor(start, step)
    return Timeline(start=start, end=end, origin=origin, step=step, steps=-(-(end - origin) // step))


def moment(time: datetime) -> str:
    """`2026-11-21 07:00`, with seconds only where they say something."""
    return time.strftime("%Y-%m-%d %H:%M" if not time.second and not time.microsecond else "%Y-%m-%d %H:%M:%S")


def day(time: datetime) -> str:
    """`1 Nov`."""
    return time.strftime("%d %b").removeprefix("0")


def clock(time: datetime, *, with_year: bool = False) -> str:
    """`1 Nov 07:00`, for what is told of one report, or `1 Nov 2026 07:00`."""
    return f"{day(time)}{time: %Y}{time: %H:%M}" if with_year else f"{day(time)}{time: %H:%M}"


def _moment_of(option: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise Failure(
            f"{option} is {value}, must be a day or a time (UTC unless it names a zone): write 2026-11-21 or "
            "2026-11-21T07:00"
        ) from error


def _floor(time: datetime, step: timedelta) -> datetime:
    return _ORIGIN + (time - _ORIGIN) // step * step
