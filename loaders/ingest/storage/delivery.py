"""Describe a delivery to be stored, and the result of storing it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from loaders.ingest.shown_resolutions import DeliveryDefaults


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Rows to be stored, and their origin.

    batches: canonical tables (see loaders.canonical.batch). read_again: yields them once more, for the fields of
    contradictory rows that are not stored. content_hash: identifies equal deliveries.
    max_rejects: the share (0..1) or, as an int, the number of rejected rows above which nothing is stored.
    notices: what was inferred or left out, complete when the batches have been read (see loaders.notices).
    who, why: the ledger's entry about its arrival; None is the database login.
    """

    batches: Iterable[pa.Table]
    source: str
    format: str
    uri: str
    content_hash: str
    collected_at_basis: str
    started_at: datetime
    defaults: DeliveryDefaults
    read_again: Callable[[], Iterable[pa.Table]] | None = None
    max_rejects: float | int = 0.1
    notices: Mapping[str, None] = field(default_factory=dict)
    who: str | None = None
    why: str = "stored"


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """The result of a delivery.

    load_id: None after a dry run. already_stored: the same content was stored before, as this load. rows_blank: rows
    that state nothing. notices: what was inferred or left out. rejects: why rows are rejected, one line per reason.
    """

    load_id: int | None
    status: str
    already_stored: bool
    rows_read: int
    rows_inserted: int
    rows_duplicate: int
    rows_blank: int
    rows_rejected: int
    rows_corrected: int
    notices: list[str] = field(default_factory=list)
    rejects: list[str] = field(default_factory=list)
