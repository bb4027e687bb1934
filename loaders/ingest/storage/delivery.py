"""What is to be stored, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from loaders.ingest.series_matching import Defaults


@dataclass(frozen=True)
class Delivery:
    """What is to be stored: rows, and where they come from.

    batches: canonical tables (see loaders.canonical.batch). content_hash: says when two deliveries are the same.
    who, why: what the ledger says of its arrival; None is the connected user.
    max_rejects: the share (0..1) or, from 1 up as an int, the number of rejected rows beyond which nothing is stored.
    """

    batches: Iterable[pa.Table]
    source: str
    format: str
    uri: str
    content_hash: str
    collected_at_basis: str
    started_at: datetime
    defaults: Defaults
    max_rejects: float | int = 0.1
    who: str | None = None
    why: str = "stored"


@dataclass(frozen=True)
class LoadResult:
    """What became of a delivery. `known` is true when the same content was stored before, as this load.

    load_id is None after a dry run.
    """

    load_id: int | None
    status: str
    known: bool
    rows_read: int
    rows_inserted: int
    rows_duplicate: int
    rows_rejected: int
    rows_corrected: int
