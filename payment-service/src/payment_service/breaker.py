"""A breaker: after five failures in a row nobody calls for ten seconds, then one tries."""

import time

FAILURES = 5
REST_SECS = 10.0


class Breaker:
    """Counts failures in a row. Not shared between processes: each finds out by itself."""

    def __init__(self) -> None:
        self._failures = 0
        self._resting_until = 0.0

    def closed(self) -> bool:
        """Whether calls may be made."""
        return time.monotonic() >= self._resting_until

    def succeeded(self) -> None:
        """It answered."""
        self._failures = 0

    def failed(self) -> None:
        """It did not answer."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._resting_until = time.monotonic() + REST_SECS
