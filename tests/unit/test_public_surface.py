"""The names that users rely on change only when someone decides so."""

from tests.support.public_surface import SNAPSHOT, describe


def test_the_public_surface_is_the_one_that_was_agreed_on() -> None:
    assert describe() == SNAPSHOT.read_text(encoding="utf-8"), "If the change is meant, run: make surface"
