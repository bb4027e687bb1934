"""Run a suite with Great Expectations and write its Data Docs, offline. Slow to import by the library's nature.

Only what the library publishes is used: stock expectations, and its configuration of stores, Data Docs and analytics.
UnexpectedRowsExpectation runs each query twice, for the number of rows and for the rows.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from loaders.database.sql_files import read_sql
from loaders.errors import GateError
from loaders.files import make_private_folder
from loaders.gates.results import (
    MOST_ROWS,
    CheckResult,
    Expectation,
    ExpectationResult,
    SqlExpectation,
    StandardExpectation,
    Suite,
    make_result,
)
from loaders.messages import one_line

# This only names the dialect. Connections are made by loaders.database.connection, so no secret is stored here.
NOMINAL_ADDRESS = "postgresql+psycopg://warehouse_transformer@warehouse"
RENDERERS = "loaders.gates.outputs.data_docs"


def run_suite(suite: Suite, open_connection: Callable[[], psycopg.Connection[Any]], folder: Path) -> CheckResult:
    """Evaluate every expectation of the suite, and write Data Docs to `folder`, in place of those of the last run.

    open_connection: opens a connection that may read the relations of the suite. Raises GateError when an expectation
    cannot be evaluated or the folder cannot be written.
    """
    with _quiet(), ExitStack() as connections:
        import great_expectations as gx
        from great_expectations.exceptions import GreatExpectationsError

        try:
            context = _context(gx, folder)
            # The library keeps a connection of its own beyond its pool, so all of them are closed here.
            source = context.data_sources.add_postgres(
                "warehouse",
                connection_string=NOMINAL_ADDRESS,
                kwargs={"creator": lambda: connections.enter_context(closing(open_connection()))},
            )
            run = _checkpoint(gx, context, source, suite).run()
            context.build_data_docs()
        except OSError as error:
            raise GateError(f"Data Docs cannot be written to {folder} ({one_line(error)}). Make room there.") from error
        except (GreatExpectationsError, ValueError, TypeError) as error:
            raise GateError(f"The {suite.name} check cannot run ({one_line(error)}). Nothing passes it.") from error
    results = {
        result.expectation_config.description: result
        for validation in run.run_results.values()
        for result in validation.results
    }
    outcomes = [_outcome(suite, item.name, results[item.name]) for item in suite.expectations]
    _require_pages(suite, folder)
    return CheckResult(suite.name, outcomes, str(folder / "index.html"))


def _require_pages(suite: Suite, folder: Path) -> None:
    """Raise GateError where a page is missing. The library only logs what its pages break on."""
    relations = {expectation.relation for expectation in suite.expectations}
    for section in ("validations", "expectations"):
        if len(list((folder / section).rglob("*.html"))) < len(relations):
            raise GateError(f"Data Docs in {folder} have no page of some {section}. This is a fault of this program.")


def result_of(result: Any) -> ExpectationResult:
    """Return the library's result of one expectation as ours. Raises KeyError where it could not be evaluated."""
    config = result.expectation_config
    expectation = Expectation(
        name=config.description,
        relation="",
        scope=config.meta["scope"],
        counted=config.meta["counted"],
        remedy=config.notes,
    )
    details = result.result
    if "unexpected_rows_query" in config.kwargs:
        found = details["details"]["unexpected_rows"]
        count = found[0]["row_count"] if found else 0
        return make_result(expectation, count, [row["offending_row"] for row in found])
    if "observed_value" in details and "unexpected_count" not in details:  # a number of the table, not of its rows
        wrong = [] if result.success else [{"observed": details["observed_value"], "expected": config.kwargs["value"]}]
        return make_result(expectation, len(wrong), wrong)
    values = details["partial_unexpected_list"][:MOST_ROWS]
    rows = [value if isinstance(value, dict) else {config.kwargs["column"]: value} for value in values]
    return make_result(expectation, details["unexpected_count"], rows)


def _outcome(suite: Suite, name: str, result: Any) -> ExpectationResult:
    try:
        return result_of(result)
    except KeyError:
        errors = [fault.get("exception_message") for fault in result.exception_info.values() if isinstance(fault, dict)]
        reason = one_line(next(filter(None, errors), "no result"))
        raise GateError(f"The {suite.name} check cannot evaluate {name!r} ({reason}). Nothing passes it.") from None


def _checkpoint(gx: Any, context: Any, source: Any, suite: Suite) -> Any:
    """Return a checkpoint with one validation for each relation of the suite."""
    validations = []
    for relation in dict.fromkeys(expectation.relation for expectation in suite.expectations):
        schema, table = relation.split(".")
        asset = source.add_table_asset(relation, schema_name=schema, table_name=table)
        expectations = [
            _gx_expectation(gx, expectation) for expectation in suite.expectations if expectation.relation == relation
        ]
        name = f"{suite.name}: {relation}".replace(".", " ")
        added = context.suites.add(gx.ExpectationSuite(relation, expectations=expectations))
        batch = asset.add_batch_definition_whole_table("all rows")
        validations.append(
            context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=added))
        )
    return context.checkpoints.add(
        gx.Checkpoint(name=suite.name, validation_definitions=validations, result_format={"result_format": "COMPLETE"})
    )


def _gx_expectation(gx: Any, expectation: Expectation) -> Any:
    shown: dict[str, Any] = {
        "description": expectation.name,
        "notes": expectation.remedy,
        "meta": {"scope": expectation.scope, "counted": expectation.counted},
    }
    if isinstance(expectation, StandardExpectation):
        return getattr(gx.expectations, expectation.expectation)(**expectation.arguments, **shown)
    assert isinstance(expectation, SqlExpectation)
    return gx.expectations.UnexpectedRowsExpectation(unexpected_rows_query=batch_query(expectation), **shown)


def batch_query(expectation: SqlExpectation) -> str:
    """Return the query as the library runs it: its relation is the batch, literal braces are doubled.

    The library gives the batch no alias in a query that has a join, as first_offending_rows.sql has; so each query
    gives its relation one.
    """
    query = expectation.query.replace("{", "{{").replace("}", "}}")
    query = query.replace(f"{expectation.relation} as ", "{batch} as ")
    wrapper = read_sql("loaders.gates", "first_offending_rows")
    return wrapper.replace("{query}", query).replace("{limit}", str(MOST_ROWS))


def _context(gx: Any, folder: Path) -> Any:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    make_private_folder(folder)
    page = {"renderer": {"module_name": RENDERERS, "class_name": "ResultPageRenderer"}}
    suite = {"renderer": {"module_name": RENDERERS, "class_name": "SuitePageRenderer"}}
    index = {"renderer": {"module_name": RENDERERS, "class_name": "IndexPageRenderer"}}
    view = {"view": {"module_name": RENDERERS, "class_name": "PlainView"}}
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", **index, **view},
        "site_section_builders": {
            "expectations": {**suite, **view},
            "validations": {**page, **view},
            "profiling": "none",  # this word, not None, leaves a section out
        },
    }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites={"warehouse": site},
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the library's log and warnings."""
    log = logging.getLogger("great_expectations")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
