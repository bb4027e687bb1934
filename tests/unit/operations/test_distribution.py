"""Where nothing can be distributed, one sentence says what to do."""

from types import SimpleNamespace
from typing import Any

import pytest

from loaders.errors import ServerError
from loaders.operations import distribution


class Answers:
    """A connection that gives these answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.info = SimpleNamespace(dbname="grid")
        self.left = list(answers)

    def execute(self, query: str, parameters: Any = None) -> Any:
        answer = self.left.pop(0)
        return SimpleNamespace(fetchone=lambda: (answer,))

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, *error: object) -> None:
        assert self.left == []  # no further statement was sent after the refusal


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([False], "The database grid does not have the extension citus"),
        ([True, False], "Only a superuser"),
        ([True, True, False], "select citus_set_coordinator_host"),
        ([True, True, True, False], "select citus_add_node"),
    ],
)
def test_what_is_missing_is_reported_and_nothing_is_changed(
    answers: list[bool], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distribution, "connect", lambda *how, **more: Answers(*answers))
    with pytest.raises(ServerError, match=reason):
        distribution.distribute()


def test_a_server_without_citus_has_no_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "connect", lambda *how, **more: Answers(False))
    assert distribution.read_distribution() is None
