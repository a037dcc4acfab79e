"""Which records a sink already has, as far as one execution environment can know."""

from __future__ import annotations

from collections.abc import Iterable


class RecentIds:
    """The last ids that were added: at least `capacity` of them and at most twice as many, in bounded memory.

    A batch that Kinesis sends again mostly comes to the environment that had it before, which is thawed for it. What
    this cannot know, another environment's work, the table's readers remove by `record_id`.
    """

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._recent: set[str] = set()
        self._older: set[str] = set()

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._recent or record_id in self._older

    def add(self, record_ids: Iterable[str]) -> None:
        """Remember ids, and forget the oldest where they become too many."""
        self._recent.update(record_ids)
        if len(self._recent) >= self._capacity:
            self._older, self._recent = self._recent, set()
