"""Where a mapping stands in one shard: which records come next, and what follows from how the function answered.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RetryRules:
    """What the mapping says of batches that failed; -1 for `retries` is for ever."""

    retries: int = -1
    bisect: bool = False


@dataclass(frozen=True)
class Slice:
    """Records `start` to before `end` of a shard, and how often they were tried before."""

    start: int
    end: int
    failures: int = 0


@dataclass
class ShardCursor:
    """Records are numbered from 0 in the order of their shard; nothing behind a failed one is tried before it."""

    rules: RetryRules
    position: int = 0
    _pending: deque[Slice] = field(default_factory=deque)

    @property
    def tries_again(self) -> bool:
        """Whether records are left that were tried before, or were split off a batch."""
        return bool(self._pending)

    def next(self, *, available: int, batch_size: int) -> Slice | None:
        """What to invoke the function with: what failed before, else new records of the `available` ones."""
        if self._pending:
            return self._pending[0]
        if self.position >= available:
            return None
        self._pending.append(Slice(self.position, min(self.position + batch_size, available)))
        return self._pending[0]

    def shorten(self, end: int) -> Slice:
        """Take less than `next` gave, where the rest is too large for one invocation."""
        current = self._pending.popleft()
        self._pending.appendleft(Slice(end, current.end, current.failures))
        self._pending.appendleft(Slice(current.start, end, current.failures))
        return self._pending[0]

    def succeeded(self) -> None:
        """The function processed the current slice."""
        self.position = self._pending.popleft().end

    def succeeded_up_to(self, failed: int) -> Slice | None:
        """The function named the first record that failed; returns what is given up, if anything is."""
        current = self._pending.popleft()
        self.position = failed
        return self._again(Slice(failed, current.end, current.failures))

    def failed(self) -> Slice | None:
        """The function ended with an error; returns what is given up, if anything is."""
        current = self._pending.popleft()
        middle = (current.start + current.end) // 2
        if self.rules.bisect and middle > current.start:
            # Splitting does not count as a retry.
            self._pending.appendleft(Slice(middle, current.end, current.failures))
            self._pending.appendleft(Slice(current.start, middle, current.failures))
            return None
        return self._again(current)

    def give_up(self) -> Slice:
        """Leave the current slice behind, as a mapping does with records that became too old."""
        current = self._pending.popleft()
        self.position = current.end
        return current

    def _again(self, current: Slice) -> Slice | None:
        if 0 <= self.rules.retries <= current.failures:
            self.position = current.end
            return current
        self._pending.appendleft(Slice(current.start, current.end, current.failures + 1))
        return None
