"""Several stored loads are judged together, in an order that does not change a verdict."""

import threading
from dataclasses import replace

from loaders.errors import GateError
from loaders.gates import GateVerdict
from loaders.ingest import gate_queue
from loaders.ingest.gate_queue import GateQueue
from loaders.ingest.storage.delivery import LoadResult
from tests.support.load_results import DRY_RUN

STORED = replace(DRY_RUN, load_id=1, status="pending", rows_read=24, rows_inserted=24)


class Gate:
    """Accepts loads and remembers the groups; cannot judge the load `broken`."""

    def __init__(self, broken: int | None = None) -> None:
        self.groups: list[list[int]] = []
        self.broken = broken

    def __call__(self, loads):
        ids = [result.load_id for _, result in loads]
        self.groups.append(ids)
        if self.broken in ids:
            raise GateError("The gate could not judge.")
        return [(replace(result, status="accepted"), GateVerdict(result.load_id, True, [])) for _, result in loads]


def run(gate: Gate, *results: LoadResult) -> dict[int, object]:
    reported: dict[int, object] = {}
    queue = GateQueue(gate, lambda position, result: reported.update({position: result}))
    for position, result in enumerate(results):
        queue.add(position, f"file {position}", 1e12, result)
    queue.flush()
    return reported


def loads(count: int) -> list[LoadResult]:
    return [replace(STORED, load_id=number) for number in range(1, count + 1)]


def test_loads_are_judged_in_one_group_at_the_end_and_reported():
    gate = Gate()
    reported = run(gate, *loads(3))
    assert gate.groups == [[1, 2, 3]]
    assert {position: result.result.status for position, result in reported.items()} == dict.fromkeys(
        range(3), "accepted"
    )


def test_a_group_has_a_largest_number_of_loads_and_of_rows(monkeypatch):
    monkeypatch.setattr(gate_queue, "MAX_LOADS", 2)
    gate = Gate()
    run(gate, *loads(5))
    assert gate.groups == [[1, 2], [3, 4], [5]]
    monkeypatch.setattr(gate_queue, "MAX_ROWS", 20)
    gate = Gate()
    run(gate, *loads(2))
    assert gate.groups == [[1], [2]]


def test_a_load_that_repeats_stored_rows_is_judged_after_those_before_it():
    gate = Gate()
    first, second, third = loads(3)
    run(gate, first, replace(second, rows_inserted=20, rows_duplicate=4), third)
    assert gate.groups == [[1], [2, 3]]


def test_a_load_that_cannot_be_judged_does_not_hold_up_the_others():
    reported = run(Gate(broken=2), *loads(3))
    assert [reported[position].error for position in range(3)] == [None, "The gate could not judge.", None]


def test_a_load_that_was_stored_before_is_reported_at_once():
    gate = Gate()
    reported = run(gate, replace(STORED, status="accepted", already_stored=True))
    assert (gate.groups, reported[0].result.already_stored) == ([], True)


def test_others_go_on_storing_while_one_thread_judges(monkeypatch):
    monkeypatch.setattr(gate_queue, "MAX_LOADS", 1)
    judging, may_end, groups = threading.Event(), threading.Event(), []

    def gate(group):
        groups.append([result.load_id for _, result in group])
        judging.set()
        assert may_end.wait(60)
        return [(replace(result, status="accepted"), GateVerdict(result.load_id, True, [])) for _, result in group]

    reported: list[int] = []
    queue = GateQueue(gate, lambda position, result: reported.append(position))
    first, second, third = loads(3)
    judge = threading.Thread(target=queue.add, args=(0, "a", 1e12, first))
    judge.start()
    assert judging.wait(60)
    queue.add(1, "b", 1e12, second)
    queue.add(2, "c", 1e12, third)
    assert reported == []
    may_end.set()
    judge.join()
    queue.flush()
    assert (groups, reported) == ([[1], [2, 3]], [0, 1, 2])
