"""Options of a load, and its result."""

from dataclasses import dataclass, field

from loaders.errors import UsageError
from loaders.formats import ReadOptions
from loaders.gates import GateVerdict
from loaders.ingest.storage.delivery import LoadResult
from loaders.messages import suggest_names

BASES = ("published", "observed", "inferred")


@dataclass(frozen=True, kw_only=True)
class IngestOptions:
    """Options of a load.

    Attributes:
        format: Name of a file format, as `warehouse ingest --format list` shows them; `auto` recognises it.
        read: What the file itself does not state (see loaders.formats.ReadOptions).
        create_missing: Register unknown grids, regions, nodes and series.
        grid_time_zone: IANA time zone of grids that are registered.
        max_rejects: Share (float, 0 to 1) or number (int) of rejected rows above which nothing is stored.
        dry_run: Show what would happen. Nothing is stored.
        collected_at_basis: `published`, `observed` or `inferred`; None takes it from the format and the options.
        who: Name for the ledger; None is the database login.
        why: Reason for the ledger.
    """

    format: str = "long"
    read: ReadOptions = field(default_factory=ReadOptions)
    create_missing: bool = False
    grid_time_zone: str | None = None
    max_rejects: float | int = 0.1
    dry_run: bool = False
    collected_at_basis: str | None = None
    who: str | None = None
    why: str = "stored"

    def __post_init__(self) -> None:
        if self.collected_at_basis is not None and self.collected_at_basis not in BASES:
            suggestion = suggest_names(self.collected_at_basis, BASES)
            raise UsageError(f"Unknown basis {self.collected_at_basis!r}. {suggestion}")


@dataclass(frozen=True)
class IngestResult:
    """The result of one file: the load and the gate's verdict, or an error message."""

    name: str
    seconds: float
    result: LoadResult | None = None
    verdict: GateVerdict | None = None
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Return whether the file was not loaded, or its load is held by the gate."""
        return self.error is not None or (self.verdict is not None and not self.verdict.passed)
