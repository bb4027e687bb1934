"""Limit the requests of each caller: a bucket that refills steadily and holds ten seconds' worth."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from loaders.service.problems import Problem

BURST_SECONDS = 10
MAX_CALLERS = 10_000


@dataclass
class _Bucket:
    tokens: float
    refilled: float


class RateLimit:
    """Counts requests by caller. clock: seconds that only go forward."""

    def __init__(self, requests_per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = requests_per_minute / 60
        self._most = max(1.0, self._rate * BURST_SECONDS)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request. Raises Problem 429 when the caller has none left."""
        now = self._clock()
        bucket = self._buckets.setdefault(caller, _Bucket(self._most, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._most, bucket.tokens + (now - bucket.refilled) * self._rate)
        bucket.refilled = now
        if bucket.tokens < 1:
            seconds = max(1, round((1 - bucket.tokens) / self._rate + 0.5))
            raise Problem(
                429,
                f"Too many requests. Wait {seconds} s, or have the limit raised.",
                headers={"Retry-After": str(seconds)},
            )
        bucket.tokens -= 1
