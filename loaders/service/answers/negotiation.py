"""Choose the form of an answer: the parameter format, else the header Accept."""

from loaders.service.problems import Problem

MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
OTHER_NAMES = {"application/ndjson": "ndjson", "application/jsonl": "ndjson", "text/json": "json"}
FORMAT_OF_MEDIA_TYPE = {media_type: name for name, media_type in MEDIA_TYPES.items()} | OTHER_NAMES


def choose_format(requested: str | None, accept: str | None) -> str:
    """Return the name of a format. Raises Problem 406 where the header Accept has none that is available."""
    if requested is not None:
        return requested
    if not accept:
        return "json"
    for media_type in _by_preference(accept):
        if media_type in FORMAT_OF_MEDIA_TYPE:
            return FORMAT_OF_MEDIA_TYPE[media_type]
        if media_type in ("*/*", "application/*"):
            return "json"
        if media_type == "text/*":
            return "csv"
    if "text/html" in accept:  # a browser
        return "json"
    raise Problem(406, f"None of the media types of Accept is available. Use one of {', '.join(MEDIA_TYPES.values())}.")


def _by_preference(accept: str) -> list[str]:
    """Return media types, most wanted first; of equal quality the one that is named first."""
    wanted: list[tuple[float, str]] = []
    for part in accept.split(","):
        media_type, *parameters = (text.strip() for text in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if quality > 0:
            wanted.append((quality, media_type.lower()))
    return [media_type for _, media_type in sorted(wanted, key=lambda item: -item[0])]
