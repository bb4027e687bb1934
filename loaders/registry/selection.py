"""Select registry entries by some of their names or ids; suggest the nearest names for an unknown one."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from loaders.errors import RegistryError
from loaders.messages import join_names, suggest_names

HIERARCHY_LEVELS = ("grid", "region", "node", "metric", "source", "resolution")
MAX_ENTRIES_SHOWN = 8

Names: TypeAlias = tuple[str, ...]
Selection: TypeAlias = Mapping[str, str | int | Sequence[str | int] | None]


def select_entries(
    entries: Collection[Names], selection: Selection, ids: Sequence[tuple[int | None, ...]] | None = None
) -> list[int]:
    """Return the positions of the entries with these names or ids, in order.

    Several values of one level are alternatives; levels narrow each other.

    Args:
        entries: Names from the grid down (grid, region, node, metric, source, resolution), all of one depth.
        selection: Level → name, id, or a list of them. None, or a missing level, selects everything.
        ids: Parallel to entries: the id of each level, None for a level that has none.

    Raises:
        RegistryError: A name or id does not exist where the levels above it select; the message has the nearest names.
    """
    names = list(entries)
    selected = list(range(len(names)))
    scope = ""
    for level, items in _selected_levels(names, selection):
        index = HIERARCHY_LEVELS.index(level)
        matching: set[int] = set()
        for item in items:
            values = [row[index] for row in (names if isinstance(item, str) or ids is None else ids)]
            matches = {position for position in selected if values[position] == item}
            if not matches:
                elsewhere = [names[position] for position, value in enumerate(values) if value == item]
                available = {names[position][index] for position in selected}
                raise RegistryError(_unknown(level, item, scope, available, elsewhere))
            matching |= matches
        selected = [position for position in selected if position in matching]
        scope = f"{scope}/" if scope else " in "
        scope += ", ".join(map(str, items))
    return selected


def select_one(
    entries: Collection[Names], selection: Selection, ids: Sequence[tuple[int | None, ...]] | None = None
) -> int:
    """Return the position of the only entry with these names or ids; see `select_entries`.

    Raises:
        RegistryError: As select_entries, or several entries match; the message has them and the levels that differ.
    """
    names = list(entries)
    selected = select_entries(names, selection, ids)
    if len(selected) == 1:
        return selected[0]
    if not selected:
        raise RegistryError("Nothing is registered yet. Use register, or load data with --create-missing.")
    matches = [names[position] for position in selected]
    levels = HIERARCHY_LEVELS[: len(matches[0])]
    differing = [level for index, level in enumerate(levels) if len({match[index] for match in matches}) > 1]
    things = "series" if len(levels) == len(HIERARCHY_LEVELS) else f"{levels[-1]}s"
    shown = join_names(sorted("/".join(match) for match in matches), MAX_ENTRIES_SHOWN)
    raise RegistryError(f"{len(matches)} {things} match: {shown}. Specify the {' or the '.join(differing)}.")


def choose_one(entries: Collection[Names], selection: Selection) -> Names:
    """Return the only entry with these names; see `select_one`."""
    names = list(entries)
    return names[select_one(names, selection)]


def _selected_levels(names: Sequence[Names], selection: Selection) -> list[tuple[str, list[str | int]]]:
    depth = len(names[0]) if names else 0
    levels = []
    for level in HIERARCHY_LEVELS[:depth]:
        value = selection.get(level)
        if value is not None:
            levels.append((level, [value] if isinstance(value, str | int) else list(value)))
    return levels


def _unknown(level: str, item: str | int, scope: str, available: set[str], elsewhere: Sequence[Names]) -> str:
    parents = {"/".join(names[: max(HIERARCHY_LEVELS.index(level), 1)]) for names in elsewhere}
    exists = f" It exists in {join_names(sorted(parents), MAX_ENTRIES_SHOWN)}." if parents and scope else ""
    suggestion = suggest_names(item, available) if isinstance(item, str) else suggest_names("", available)
    return f"Unknown {level} {item!r}{scope}.{exists} {suggestion}"
