"""Results of loads, for tests without a database."""

from loaders.ingest.storage.delivery import LoadResult

DRY_RUN = LoadResult(
    load_id=None,
    status="dry run",
    already_stored=False,
    rows_read=0,
    rows_inserted=0,
    rows_duplicate=0,
    rows_blank=0,
    rows_rejected=0,
    rows_corrected=0,
)
