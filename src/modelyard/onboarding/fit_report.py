"""How a fit is told: a bar for each term, the verdict, and what else would fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from modelyard.capacity.candidates import Neighbours
from modelyard.capacity.memory_fit import GIB, Fit
from modelyard.capacity.start_time import MOST_SECONDS, SAFETY_FACTOR, StartLimits, TimeLimit
from modelyard.pricing.ranking import why_unfit

_BAR_CELLS = 28
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_COLOURS = {"weights": "blue", "KV cache": "cyan", "activations": "magenta", "engine reserve": "bright_black"}


@dataclass(frozen=True, kw_only=True)
class SizedEntry:
    """A fit with what surrounds it."""

    title: str
    fit: Fit
    longest_context: int
    most_sequences: int
    neighbours: Neighbours
    limits: StartLimits | None = None


def lines(sized: SizedEntry) -> Iterator[Text]:
    """The report, line by line."""
    found = sized.fit
    yield Text(f"{sized.title}: {found.model_name} on {_place(found)}", style="bold")
    asked = found.workload
    split = f", split {found.degree} ways" if found.degree > 1 else ""
    sequences = "1 sequence" if asked.concurrency == 1 else f"{asked.concurrency} sequences"
    yield Text(f"{asked.engine}, {sequences} of {asked.context_tokens} tokens{split}")
    if found.terms:
        yield Text("")
        for term in found.terms:
            yield _row(term.name, term.size_bytes, found.device_bytes, term.note)
        yield _row("free" if found.free_bytes >= 0 else "missing", abs(found.free_bytes), found.device_bytes, "")
        yield Text("")
    yield Text(verdict(sized), style="bold green" if found.fits else "bold red")
    for problem in found.problems:
        yield Text(f"  - {problem}")
    yield Text(_room(sized))
    yield Text(
        f"next smaller: {_neighbour(sized.neighbours.smaller)}; next larger: {_neighbour(sized.neighbours.larger)}"
    )
    if sized.limits is not None:
        yield Text("")
        yield from _limit_lines("download_timeout_seconds", sized.limits.download)
        yield from _limit_lines("startup_timeout_seconds", sized.limits.startup)
    for remark in (*found.warnings, *asked.assumptions):
        yield Text(f"note: {remark}")


def _limit_lines(key: str, limit: TimeLimit) -> Iterator[Text]:
    """A time limit and the steps that make it, as it is derived where the entry states none."""
    beyond = f", AWS waits {MOST_SECONDS} at most" if limit.wanted_seconds > MOST_SECONDS else ""
    yield Text(f"{key}: {limit.seconds}, {SAFETY_FACTOR} times {limit.expected_seconds:.0f} s{beyond}")
    for step in limit.steps:
        yield Text(f"  {step.name:<15}{step.seconds:>9.0f} s  {step.note}")


def verdict(sized: SizedEntry) -> str:
    """Whether it fits, in one sentence."""
    found = sized.fit
    if found.fits:
        return f"FITS, {_gib(found.free_bytes)} left on {_each(found)}"
    if found.problems:
        return "DOES NOT FIT"
    short = f"{_gib(-found.free_bytes)} missing on {_each(found)}"
    if sized.most_sequences:
        many = "1 sequence" if sized.most_sequences == 1 else f"{sized.most_sequences} sequences"
        return f"DOES NOT FIT, {short}: the engine starts, but only {many} of full length run at once, the others wait"
    return f"DOES NOT FIT, {short}"


def together(shared: Sequence[SizedEntry]) -> str | None:
    """What the models of a shared endpoint need when all of them are loaded; None where there is one model."""
    if len({sized.fit.model_name for sized in shared}) < 2:
        return None
    first = shared[0].fit
    here = [sized.fit for sized in shared if sized.fit.instance == first.instance]
    reserve = [term.size_bytes for term in first.terms if term.name == "engine reserve"]
    needed = sum(found.needed_bytes for found in here) - (len(here) - 1) * sum(reserve)
    fate = "they stay loaded" if needed <= first.device_bytes else "the one used least makes room for another"
    return f"{len(here)} models together: {_gib(needed)} of {_gib(first.device_bytes)} on {first.instance.name}, {fate}"


def as_json(sized: SizedEntry) -> dict[str, Any]:
    """The same for programs; sizes in bytes on one device."""
    found = sized.fit
    return {
        "subject": sized.title,
        "model": found.model_name,
        "instance": found.instance.name,
        "engine": found.workload.engine,
        "dtype": found.workload.dtype,
        "context_tokens": found.workload.context_tokens,
        "concurrency": found.workload.concurrency,
        "tensor_parallel_degree": found.degree,
        "fits": found.fits,
        "device": found.device_word,
        "device_bytes": found.device_bytes,
        "needed_bytes": found.needed_bytes,
        "terms": [{"name": term.name, "bytes": term.size_bytes, "note": term.note} for term in found.terms],
        "problems": list(found.problems),
        "notes": [*found.warnings, *found.workload.assumptions],
        "longest_context_tokens": sized.longest_context,
        "most_sequences": sized.most_sequences,
        "next_smaller": _neighbour_json(sized.neighbours.smaller),
        "next_larger": _neighbour_json(sized.neighbours.larger),
        "start": None if sized.limits is None else _limits_json(sized.limits),
    }


def _limits_json(limits: StartLimits) -> dict[str, Any]:
    return {
        key: {
            "seconds": limit.seconds,
            "expected_seconds": round(limit.expected_seconds, 1),
            "steps": [
                {"name": step.name, "seconds": round(step.seconds, 1), "note": step.note} for step in limit.steps
            ],
        }
        for key, limit in (("download_timeout", limits.download), ("startup_timeout", limits.startup))
    }


def _place(found: Fit) -> str:
    type_ = found.instance
    if type_.processor == "cpu":
        return f"{type_.name} ({type_.memory_gib:g} GiB)"
    chips = f"{type_.accelerators} x {type_.accelerator}"
    cores = f", {type_.neuron_cores} cores" if type_.neuron_cores else ""
    return f"{type_.name} ({chips}{cores}, {found.device_bytes / GIB:.2f} GiB on {_each(found)})"


def _row(name: str, size: int, whole: int, note: str) -> Text:
    row = Text(f"  {name:<15}{_gib(size):>11}  ")
    row.append(f"{_bar(size, whole):<{_BAR_CELLS}}", style=_COLOURS.get(name, "red" if name == "missing" else "green"))
    row.append(f"  {note}")
    row.rstrip()
    return row


def _bar(size: int, whole: int) -> str:
    eighths = min(8 * _BAR_CELLS, round(8 * _BAR_CELLS * size / whole)) if whole else 0
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _room(sized: SizedEntry) -> str:
    asked = sized.fit.workload
    if not sized.longest_context and not sized.most_sequences:
        return "no sequence of any length fits"
    return (
        f"at most {sized.longest_context} tokens with {asked.concurrency} at once, or {sized.most_sequences} at once "
        f"of {asked.context_tokens} tokens"
    )


def _neighbour(found: Fit | None) -> str:
    if found is None:
        return "none in this region"
    return f"{found.instance.name} {'fits' if found.fits else f'does not fit ({why_unfit(found)})'}"


def _neighbour_json(found: Fit | None) -> dict[str, Any] | None:
    return None if found is None else {"instance": found.instance.name, "fits": found.fits}


def _each(found: Fit) -> str:
    if found.instance.processor == "cpu":
        return "the host"
    return f"{'the' if found.instance.parallel_devices == 1 else 'each'} {found.device_word}"


def _gib(size: int) -> str:
    return f"{size / GIB:.2f} GiB"
