"""The list of formats."""

import pytest

from loaders.canonical.durations import parse_resolution
from loaders.canonical.rejects import Reason
from loaders.errors import UsageError
from loaders.formats import format_named, formats


def test_every_format_is_found_by_its_name_and_says_what_it_is():
    names = [source.name for source in formats()]
    assert names[:3] == ["long", "wide", "gridstatus"]
    assert {"eia930", "isone-load-forecast", "isone-system-load", "caiso-outlook"} <= set(names)
    for source in formats():
        assert format_named(source.name) is source
        assert source.summary.endswith(".")
        assert source.collected_at_basis() in ("published", "observed", "inferred")
        assert parse_resolution(source.default_resolution)


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"Unknown format .csv.\. Choose one of long, wide, gridstatus"):
        format_named("csv")


def test_every_reason_has_a_meaning_and_every_time_fault_is_a_reason():
    assert all(reason.meaning.endswith(".") for reason in Reason)
    assert {fault.value for fault in Reason} <= {reason.value for reason in Reason}
