"""Which resources a deployment touches, by what it does to them, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.planning.effects import Effect, Effects

_MOST_NAMED = 8
_WORDS: dict[Effect, str] = {
    "replace": "replaced", "remove": "deleted or let go", "add": "added", "update": "updated in place",
    "tags": "tagged anew",
}  # fmt: skip


def resource_sentences(whose: str, effects: Effects) -> Iterator[str]:
    """`Of the foundation's resources 2 are added: A, B.`: a sentence for each thing that is done."""
    for effect, word in _WORDS.items():
        names = sorted(name for name, one in effects.items() if one == effect)
        if names:
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            yield f"Of {whose} {len(names)} {'is' if len(names) == 1 else 'are'} {word}: " + (
                f"{', '.join(names[:_MOST_NAMED])}{more}."
            )
