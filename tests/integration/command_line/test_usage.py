"""Wrong usage, and what does not exist: exit codes and one clear message."""

import pytest

from tests.support.commands import fails, messages, run

pytestmark = pytest.mark.usefixtures("shared_warehouse")


@pytest.mark.parametrize(
    ("arguments", "stated"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["ingest", "a.csv", "--colour", "red"], "No such option: --colour"),
        (["loads", "--limit", "many"], "Invalid value for '--limit': Input should be a valid integer"),
        (["loads", "--limit", "0"], "Invalid value for '--limit'"),
        (["loads", "--status", "lost"], "'lost' is not one of 'pending', 'accepted', 'held', 'withdrawn'"),
        (["accept", "1"], "Missing option '--why'"),
        (["rejects"], "Missing argument"),
        (["rejects", "first"], "Input should be a valid integer"),
        (["ingest"], "There is nothing to ingest. Name at least one file, folder or glob."),
        (["ingest", "a.csv", "--format", "guess"], "Unknown format 'guess'. Choose one of long,"),
        (["ingest", "a.csv", "--max-rejects", "some"], "--max-rejects some is not valid. Enter a number of rows or"),
        (["ingest", "a.csv", "--max-rejects", "101%"], "--max-rejects 101% is not valid"),
        (["ingest", "a.csv", "--map", "value"], "'value' is not valid for --map. Write it as name=value."),
        (["ingest", "a.csv", "--map", "a=b"], "Column 'a' is mapped to 'b'. Map it to one of"),
        (["ingest", "a.csv", "--collected-at", "noon"], "--collected-at noon is not a valid time"),
        (["ingest", "a.csv", "--collected-at", "2024-01-01"], "has no offset"),
        (["ingest", "a.csv", "--time-zone", "Mars/Base"], "Unknown time zone 'Mars/Base'"),
        (["ingest", "a.csv", "--create-missing", "--grid-time-zone", "Mars"], "Unknown time zone 'Mars'"),
        (["ingest", "a.csv", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["ingest", "no/such/*.csv"], "no/such/*.csv matches no file. Check the path."),
        (["check", "everything"], "'everything' is not one of 'raw', 'marts'"),
        (["query", "drop table raw.loads"], "The query is refused:"),
        (["query", "select * from raw.schema_versions"], "The query is refused: permission denied"),
        (["query", "selec"], "The query is refused: syntax error"),
    ],
)  # fmt: skip
def test_wrong_usage_is_reported_and_exits_2(arguments: list[str], stated: str) -> None:
    answer = run(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert stated in " ".join(" ".join(messages(answer)).split())


@pytest.mark.parametrize(
    ("arguments", "stated"),
    [
        (["rejects", "999999"], "Unknown load 999999. List the loads with: warehouse loads"),
        (["accept", "999999", "--why", "test"], "Unknown load 999999"),
        (["withdraw", "999999", "--why", "test"], "Unknown load 999999"),
        (["register", "nowhere.yml"], "nowhere.yml: the file does not exist. Check the path."),
    ],
)
def test_what_is_not_there_is_reported_and_exits_1(arguments: list[str], stated: str) -> None:
    fails(run(*arguments), stated)


def test_a_traceback_is_shown_to_who_asks_for_it() -> None:
    answer = run("--verbose", "accept", "999999", "--why", "test")
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
    assert "LoadError: Unknown load 999999" in answer.stderr
