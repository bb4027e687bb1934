"""Selecting registry entries by some of their names, and the suggestions for a wrong one."""

import pytest

from loaders.errors import RegistryError
from loaders.registry.selection import choose_one, select_entries, select_one

NODES = [
    ("North", "Coast", "Harbour"),
    ("North", "Coast", "Dock"),
    ("South", "Coast", "Harbour"),
    ("South", "Hill", "Mill"),
]
IDS = [(1, 1, 1), (1, 1, 2), (2, 2, 3), (2, 3, 4)]


@pytest.mark.parametrize(
    ("selection", "match"),
    [
        ({"node": "Dock"}, ("North", "Coast", "Dock")),
        ({"grid": "South", "node": "Harbour"}, ("South", "Coast", "Harbour")),
        ({"grid": "South", "region": "Hill"}, ("South", "Hill", "Mill")),
        ({"grid": None, "node": "Mill"}, ("South", "Hill", "Mill")),
    ],
)
def test_as_many_names_as_identify_one_entry_are_enough(selection: dict, match: tuple) -> None:
    assert choose_one(NODES, selection) == match


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"node": "Habour"}, "Unknown node 'Habour'. Did you mean Harbour?"),
        (
            {"grid": "North", "node": "Mill"},
            "Unknown node 'Mill' in North. It exists in South/Hill. Available: Dock, Harbour.",
        ),
        ({"grid": "south", "node": "Mill"}, "Unknown grid 'south'. Did you mean South or North?"),
        ({"node": "Harbour"}, "2 nodes match: North/Coast/Harbour, South/Coast/Harbour. Specify the grid."),
        ({"grid": "South"}, "2 nodes match: South/Coast/Harbour, South/Hill/Mill. Specify the region or the node."),
    ],
)
def test_an_unknown_or_ambiguous_name_is_answered_with_the_right_ones(selection: dict, message: str) -> None:
    with pytest.raises(RegistryError) as raised:
        choose_one(NODES, selection)
    assert str(raised.value) == message


def test_several_names_of_a_level_are_alternatives_and_levels_narrow_each_other() -> None:
    assert select_entries(NODES, {"node": ["Mill", "Harbour"]}) == [0, 2, 3]
    assert select_entries(NODES, {"grid": "South", "node": ["Mill", "Harbour"]}) == [2, 3]
    assert select_entries(NODES, {}) == [0, 1, 2, 3]


def test_ids_select_like_names() -> None:
    assert select_entries(NODES, {"grid": 2}, IDS) == [2, 3]
    assert select_entries(NODES, {"grid": 2, "node": ["Mill", 3]}, IDS) == [2, 3]
    assert select_one(NODES, {"region": 3}, IDS) == 3
    with pytest.raises(RegistryError, match=r"Unknown grid 9\. Available: North, South\."):
        select_entries(NODES, {"grid": 9}, IDS)


def test_an_empty_registry_says_so() -> None:
    with pytest.raises(RegistryError, match="Nothing is registered yet"):
        choose_one([], {"node": "N"})
