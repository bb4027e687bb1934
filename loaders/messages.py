"""Build the recurring parts of messages: one-line error texts, lists of names and suggestions."""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_NAMES = 5


def one_line(error: object, limit: int = 400) -> str:
    """Return the text of an error as one line without a final full stop, cut to `limit` characters."""
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def sentence(error: object, limit: int = 400) -> str:
    """Return the text of an error as one line that ends with a punctuation mark."""
    text = " ".join(str(error).split())
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return text if text.endswith((".", "?", "!", "…")) else text + "."


def close_names(name: str, available: Iterable[str], count: int = 3) -> list[str]:
    """Return the available names that are most similar to `name`, ignoring case."""
    by_case = {other.casefold(): other for other in available}
    return [by_case[match] for match in get_close_matches(name.casefold(), sorted(by_case), n=count)]


def join_names(names: Iterable[str], limit: int = MAX_NAMES) -> str:
    """Return names as a list for people: `a, b, c and 4 more`."""
    shown = list(names)
    more = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {more} more" if more > 0 else "")


def suggest_names(name: str, available: Iterable[str]) -> str:
    """Return `Did you mean X or Y?`, or else the list of available names as a sentence."""
    candidates = sorted(set(available))
    if not candidates:
        return "None are available."
    similar = close_names(name, candidates)
    return f"Did you mean {' or '.join(similar)}?" if similar else f"Available: {join_names(candidates)}."
