"""The data directory."""

import pytest

from loaders.embedded_server import initdb


@pytest.mark.parametrize(("major", "expected"), [(18, "--locale-provider=builtin"), (15, "--locale=C")])
def test_the_locale_is_the_builtin_one_where_there_is_one(major: int, expected: str) -> None:
    assert any(option.startswith(expected) for option in initdb._locale(major))
