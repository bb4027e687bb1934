"""What a dump and a restore mean for archived months: their files are not in the dump."""

from loaders.archive.archived_months import name_months, read_archived
from loaders.archive.month_files import require_intact
from loaders.database.connection import connect
from loaders.errors import ServerError


def archive_after_dump() -> str | None:
    """Return what to keep with a dump; None where no month is archived."""
    with connect() as connection:
        archived = read_archived(connection)
    if not archived:
        return None
    folders = sorted({str(month.path.parent) for month in archived})
    return (
        f"The dump has only the newest values of archived months ({name_months([month.month for month in archived])})."
        f" Keep a copy of {', '.join(folders)} with it, for as long as the dump."
    )


def archive_after_restore() -> str | None:
    """Return which files of archived months are missing or other ones; None where there are none such."""
    missing, first = [], ""
    with connect() as connection:
        for month in read_archived(connection):
            try:
                require_intact(month)
            except ServerError as error:
                missing.append(month.month)
                first = first or str(error)
    if not missing:
        return None
    return f"Of {name_months(missing)} only the newest values can be read, because the archive is not here. {first}"
