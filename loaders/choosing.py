"""One of the things that are known, by as many of its names as tell it apart."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from loaders.errors import RegistryError

LEVELS = ("grid", "region", "node", "metric", "source")
MOST_SHOWN = 8

Names = tuple[str, ...]


def choose_one(known: Collection[Names], wanted: Mapping[str, str | None]) -> Names:
    """The one entry of `known` with these names. known: names from the grid down; wanted: by LEVELS, None leaves open.

    Raises RegistryError for a name that is not there, with the nearest ones, and for several entries, with what tells
    them apart.
    """
    chosen, above = list(known), ""
    depth = len(chosen[0]) if chosen else 0
    for place, level in enumerate(LEVELS[:depth]):
        name = wanted.get(level)
        if name is None:
            continue
        there = sorted({names[place] for names in chosen})
        chosen = [names for names in chosen if names[place] == name]
        if not chosen:
            raise RegistryError(f"There is no {level} {name!r}{above}; {hint(name, there)}")
        above = f"{above}/{name}" if above else f" in {name}"
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise RegistryError("Nothing is registered yet; register it, or load data with --create-missing.")
    differing = [level for place, level in enumerate(LEVELS[:depth]) if len({names[place] for names in chosen}) > 1]
    found = listed(sorted("/".join(names) for names in chosen))
    things = "series" if depth == len(LEVELS) else f"{LEVELS[depth - 1]}s"
    raise RegistryError(f"That is {len(chosen)} {things}: {found}; say which by {' or '.join(differing)}.")


def hint(name: str, known: Iterable[str]) -> str:
    """The nearest of the known names, or what there is: the second half of a sentence."""
    by_case = {other.casefold(): other for other in known}
    near = [by_case[match] for match in get_close_matches(name.casefold(), sorted(by_case), n=3)]
    return f"did you mean {' or '.join(near)}?" if near else f"there is {listed(sorted(by_case.values())) or 'none'}."


def listed(names: list[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
