"""Times of stack events, no two the same.

Here many resources are done within one millisecond, and clients order events by their time: the CDK CLI would print a
resource's completion before its start.
"""

import threading
from datetime import UTC, datetime, timedelta

_ONE_MILLISECOND = timedelta(milliseconds=1)


class StrictlyLater:
    """Tells the time in CloudFormation's format, each time at least a millisecond after the time before."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self._last = max(datetime.now(UTC), self._last + _ONE_MILLISECOND)
            return self._last.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
