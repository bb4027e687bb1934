"""One of the known things, by as many names as tell it apart."""

import pytest

from loaders.errors import RegistryError
from loaders.registry.lookup import choose_one

NODES = [
    ("North", "Coast", "Harbour"),
    ("North", "Coast", "Dock"),
    ("South", "Coast", "Harbour"),
    ("South", "Hill", "Mill"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"node": "Dock"}, ("North", "Coast", "Dock")),
        ({"grid": "South", "node": "Harbour"}, ("South", "Coast", "Harbour")),
        ({"grid": "South", "region": "Hill"}, ("South", "Hill", "Mill")),
        ({"grid": None, "node": "Mill"}, ("South", "Hill", "Mill")),
    ],
)
def test_as_many_names_as_tell_it_apart_are_enough(wanted: dict, found: tuple) -> None:
    assert choose_one(NODES, wanted) == found


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"node": "Habour"}, "There is no node 'Habour'; did you mean Harbour?"),
        ({"grid": "North", "node": "Mill"}, "There is no node 'Mill' in North; there is Dock, Harbour."),
        ({"grid": "south", "node": "Mill"}, "There is no grid 'south'; did you mean South or North?"),
        ({"node": "Harbour"}, "That is 2 nodes: North/Coast/Harbour, South/Coast/Harbour; say which by grid."),
        ({"grid": "South"}, "That is 2 nodes: South/Coast/Harbour, South/Hill/Mill; say which by region or node."),
    ],
)
def test_a_wrong_or_ambiguous_name_is_answered_with_the_right_ones(wanted: dict, said: str) -> None:
    with pytest.raises(RegistryError) as raised:
        choose_one(NODES, wanted)
    assert str(raised.value) == said


def test_an_empty_registry_says_so() -> None:
    with pytest.raises(RegistryError, match="Nothing is registered yet"):
        choose_one([], {"node": "N"})
