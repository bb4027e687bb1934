"""Call one method of the gridstatus library and write its result.

This needs the library, pandas and pyarrow, and nothing of this package: it also runs as a script, with the
interpreter of the environment that has the library.
"""

import re
import sys
from typing import Any

_SECRET = re.compile(r"(?i)((?:token|key|password|secret)[^=&\s]{0,20}=)[^&\s'\")]+")


class LibraryError(Exception):
    """The library failed; the text says at what."""


def fetch(iso: str, dataset: str, start: str, end: str | None) -> Any:
    """Return the pandas DataFrame of get_DATASET of a market for [start, end). Raises LibraryError."""
    import gridstatus

    markets = {market.__name__.upper(): market for market in gridstatus.all_isos}
    if iso.upper() not in markets:
        raise LibraryError(f"Unknown market {iso}. Choose one of {', '.join(sorted(markets))}.")
    try:
        market = markets[iso.upper()]()
    except Exception as error:
        raise LibraryError(
            f"{iso} cannot be used ({describe(error)}). It may need a key in the environment."
        ) from error
    method = getattr(market, f"get_{dataset}", None)
    if method is None:
        datasets = sorted(name.removeprefix("get_") for name in dir(market) if name.startswith("get_lo"))
        raise LibraryError(f"{iso} has no dataset {dataset}. It has {', '.join(datasets)} and more (see gridstatus).")
    arguments = {} if end is None else {"end": end}
    if hasattr(method, "__wrapped__"):
        # By default the library omits the days that it could not fetch.
        arguments["error"] = "raise"
    try:
        return method(start, **arguments)
    except Exception as error:
        message = f"{iso} {dataset} could not be fetched ({describe(error)}). {advice(error)}"
        raise LibraryError(message) from error


def advice(error: BaseException) -> str:
    """Return what to do, by the status with which the site answered."""
    response: Any = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status == 429:
        seconds = response.headers.get("Retry-After", "")
        wait = f"{seconds} seconds" if seconds.isdigit() else "some minutes"
        return f"The site limits the number of requests. Wait {wait}, then fetch fewer days."
    if status in (401, 403):
        return "The site refuses the request. Check the key in the environment."
    if status in (502, 503, 504):
        return "The site is not available now. Retry in some minutes."
    return "Check the dates, then retry."


def describe(error: BaseException) -> str:
    """Return an error in one line, without the keys that an address can contain."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return _SECRET.sub(r"\1...", line)[:300]


def main(arguments: list[str]) -> int:
    """Write a frame as Parquet (ISO DATASET START END OUTPUT; END may be empty). Return the exit code."""
    iso, dataset, start, end, output = arguments
    try:
        frame = fetch(iso, dataset, start, end or None)
        frame.reset_index(drop=True).to_parquet(output, index=False)
    except LibraryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # The library prints to stdout; the caller redirects it.
    sys.exit(main(sys.argv[1:]))
