"""Great Expectations, kept quiet and offline: runs one suite and writes its Data Docs. Slow to import by its nature."""

import contextlib
import html
import io
import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from loaders.errors import GateError
from loaders.gates.results import MOST_ROWS, CheckReport, Outcome, Suite, outcome_of

# This only names the dialect. Connections are made by loaders.database.connection, so no secret comes here.
NOMINAL_ADDRESS = "postgresql+psycopg://warehouse_transformer@warehouse"

# One statement gives both the number of offending rows and the first of them; to_jsonb makes every type presentable.
FIRST_ROWS = "select to_jsonb(offending) as row, count(*) over () as row_count from ({}) as offending limit {}"


def run_suite(suite: Suite, open_connection: Callable[[], psycopg.Connection[Any]], folder: Path) -> CheckReport:
    """Ask every expectation of the suite, and write Data Docs to `folder`, in place of those of the run before.

    open_connection: gives a connection that may read the suite's relation. Raises GateError when an expectation cannot
    be asked or the folder cannot be written.
    """
    with _quiet():
        import great_expectations as gx
        from great_expectations.exceptions import GreatExpectationsError

        try:
            context = _context(folder)
            source = context.data_sources.add_postgres(
                "warehouse", connection_string=NOMINAL_ADDRESS, kwargs={"creator": open_connection}
            )
            try:
                definition = _definition(gx, context, source, suite)
                result = definition.run(result_format={"result_format": "COMPLETE"})
            finally:
                source.get_engine().dispose()
            context.build_data_docs()
        except OSError as error:
            raise GateError(f"Data Docs cannot be written to {folder} ({error}); make room there.") from error
        except (GreatExpectationsError, ValueError, TypeError) as error:
            raise GateError(f"The {suite.name} gate cannot run ({_one_line(error)}); nothing passes it.") from error
    found = {one.expectation_config.description: one for one in result.results}
    outcomes = [_outcome(suite, number, found[asked.name]) for number, asked in enumerate(suite.expectations)]
    return CheckReport(suite.name, outcomes, str(folder / "index.html"))


def _definition(gx: Any, context: Any, source: Any, suite: Suite) -> Any:
    schema, table = suite.relation.split(".")
    asset = source.add_table_asset(suite.relation, schema_name=schema, table_name=table)
    batch = asset.add_batch_definition_whole_table("all rows")
    expect = _no_offending_rows()
    expectations = [
        expect(
            unexpected_rows_query=FIRST_ROWS.format(asked.query, MOST_ROWS),
            description=asked.name,
            notes=asked.remedy,
        )
        for asked in suite.expectations
    ]
    added = context.suites.add(gx.ExpectationSuite(suite.name, expectations=expectations))
    return context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=batch, suite=added))


def _no_offending_rows() -> type:
    """The expectation that all suites are made of; the stock one would run each query twice."""
    from great_expectations.expectations import UnexpectedRowsExpectation

    class ExpectNoOffendingRows(UnexpectedRowsExpectation):
        """Holds when its query, made by FIRST_ROWS, returns nothing."""

        metric_dependencies = ("unexpected_rows_query.table",)

        def _validate(self, metrics: dict, runtime_configuration: Any = None, execution_engine: Any = None) -> dict:
            rows = metrics["unexpected_rows_query.table"]
            found = rows[0]["row_count"] if rows else 0
            offending = [row["row"] for row in rows]
            # Data Docs show the list that expectations about columns have, and do not escape it: names could be HTML.
            shown = [html.escape(json.dumps(row, ensure_ascii=False), quote=False) for row in offending]
            result = {"observed_value": found, "unexpected_count": found, "partial_unexpected_list": shown}
            return {"success": found == 0, "result": {**result, "details": {"unexpected_rows": offending}}}

    return ExpectNoOffendingRows


def _outcome(suite: Suite, number: int, result: Any) -> Outcome:
    asked = suite.expectations[number]
    if "details" not in result.result:
        errors = [fault.get("exception_message") for fault in result.exception_info.values() if isinstance(fault, dict)]
        said = _one_line(next(filter(None, errors), "no result"))
        raise GateError(f"The {suite.name} gate cannot ask {asked.name!r} ({said}); nothing passes it.")
    return outcome_of(asked, result.result["observed_value"], result.result["details"]["unexpected_rows"])


def _context(folder: Path) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    folder.mkdir(parents=True, exist_ok=True)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites={"warehouse": site},
        progress_bars={"globally": False},
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """It prints, logs, warns and would call home; none of it helps whoever runs a check."""
    before = os.environ.get("GX_ANALYTICS_ENABLED")
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    log = logging.getLogger("great_expectations")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
        if before is None:
            del os.environ["GX_ANALYTICS_ENABLED"]
        else:
            os.environ["GX_ANALYTICS_ENABLED"] = before


def _one_line(said: object, limit: int = 400) -> str:
    line = " ".join(str(said).split()).rstrip(".")
    return line if len(line) <= limit else line[: limit - 1] + "…"
