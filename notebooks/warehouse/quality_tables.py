"""Results of the gates and the checks, as Arrow tables: from the database, or from the service over HTTP."""

import pyarrow as pa

from warehouse.connection import table_over_http
from warehouse.query import warehouse_sql
from warehouse.session import open_reader


@table_over_http
def gate_results(load: int | None = None, passed: bool | None = None) -> pa.Table:
    """Return the results of the load gate."""
    with open_reader() as read:
        return read(warehouse_sql("gate_results"), load, passed)


@table_over_http
def check_results(gate: str | None = None, passed: bool | None = None) -> pa.Table:
    """Return the results of the checks."""
    with open_reader() as read:
        return read(warehouse_sql("check_results"), gate, passed)


FUNCTIONS = (gate_results, check_results)
