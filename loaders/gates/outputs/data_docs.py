"""The pages of Great Expectations' Data Docs: complete without a network, every name escaped.

The stock pages load styles, scripts and pictures from other machines and show nothing without them. The library names
these classes in the configuration of a site, see gx_adapter.py; they are its "renderer" and "view".
"""

import json
from datetime import datetime
from typing import Any

from loaders.gates.gx_adapter import result_of
from loaders.gates.outputs.html import render_page
from loaders.gates.results import CheckResult


class ResultPageRenderer:
    """The page of one relation's results."""

    def render(self, validation: Any) -> str:
        """Return the page of an ExpectationSuiteValidationResult."""
        check = CheckResult(validation.suite_name, [result_of(result) for result in validation.results])
        time = datetime.fromisoformat(validation.meta["run_id"]["run_time"])
        return render_page("check.html.j2", check=check, title=validation.suite_name, time=time)


class SuitePageRenderer:
    """The page of what is expected of one relation."""

    def render(self, suite: Any) -> str:
        """Return the page of an ExpectationSuite."""
        expectations = [
            {
                "name": expectation.description,
                "remedy": expectation.notes,
                "definition": _definition(expectation.configuration.type, expectation.configuration.kwargs),
            }
            for expectation in suite.expectations
        ]
        return render_page("data_docs_suite.html.j2", title=suite.name, expectations=expectations)


class IndexPageRenderer:
    """The first page: all relations with their newest results."""

    def render(self, links: dict[str, Any]) -> str:
        """Return the page of the library's dictionary of links."""
        validations = [
            {
                "relation": link["expectation_suite_name"],
                "passed": link["validation_success"],
                "time": link["run_time"],
                "page": link["filepath"],
                "suite": link["expectation_suite_filepath"],
            }
            for link in links.get("validations_links", [])
        ]
        validations.sort(key=lambda link: (link["passed"], link["relation"]))
        return render_page("data_docs_index.html.j2", title="Data Docs", validations=validations)


class PlainView:
    """The renderers return whole pages already."""

    def render(self, page: str, **_: object) -> str:
        """Return the page as it is."""
        return page


def _definition(kind: str, arguments: dict[str, Any]) -> str:
    if "unexpected_rows_query" in arguments:
        return str(arguments["unexpected_rows_query"])
    return f"{kind}: " + json.dumps(
        {name: value for name, value in arguments.items() if name != "batch_id"}, default=str
    )
