"""Call one method of the gridstatus library and write what it returns.

It needs the library, pandas and pyarrow, and nothing of this package: it also runs as a script, by the interpreter of
the environment that holds the library.
"""

import sys
from typing import Any


class LibraryError(Exception):
    """What the library could not do; the text names the thing."""


def fetch(iso: str, dataset: str, start: str, end: str | None) -> Any:
    """The pandas DataFrame that get_DATASET of that market returns for [start, end). Raises LibraryError."""
    import gridstatus

    markets = {market.__name__.upper(): market for market in gridstatus.all_isos}
    if iso.upper() not in markets:
        raise LibraryError(f"There is no market {iso}; choose one of {', '.join(sorted(markets))}.")
    try:
        market = markets[iso.upper()]()
    except Exception as error:
        raise LibraryError(f"{iso} cannot be asked ({_said(error)}); it may need a key in the environment.") from error
    method = getattr(market, f"get_{dataset}", None)
    if method is None:
        known = sorted(name.removeprefix("get_") for name in dir(market) if name.startswith("get_lo"))
        raise LibraryError(f"{iso} has no dataset {dataset}; it has {', '.join(known)} and more, see gridstatus.")
    arguments = {} if end is None else {"end": end}
    if hasattr(method, "__wrapped__"):
        # Otherwise the library leaves out the days that it could not fetch.
        arguments["error"] = "raise"
    try:
        return method(start, **arguments)
    except Exception as error:
        said = f"{iso} {dataset} could not be fetched ({_said(error)}); check the dates, then retry."
        raise LibraryError(said) from error


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def main(arguments: list[str]) -> int:
    """ISO DATASET START END OUTPUT: writes Parquet; an error is a line on stderr and exit code 1. END may be empty."""
    iso, dataset, start, end, output = arguments
    try:
        frame = fetch(iso, dataset, start, end or None)
        frame.reset_index(drop=True).to_parquet(output, index=False)
    except LibraryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    # Printing is the library's habit; stdout stays empty all the same.
    sys.exit(main(sys.argv[1:]))
