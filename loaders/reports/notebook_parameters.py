"""What a notebook lets its caller choose: the assignments in its cell tagged `parameters`."""

import ast
from collections.abc import Mapping
from typing import Any

from loaders.errors import NotebookError

TAG = "parameters"
INJECTED = "injected-parameters"


def declared(notebook: Any, name: str) -> dict[str, Any]:
    """Parameters and their defaults, in order. Raises NotebookError where the cell does more than assign."""
    cells = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])]
    try:
        statements = ast.parse("\n".join(cell.source for cell in cells)).body
        return {target.id: ast.literal_eval(each.value) for each in statements for target in each.targets}
    except (SyntaxError, ValueError, AttributeError, TypeError) as error:
        raise NotebookError(
            f"The parameters of {name} are no plain assignments; mend its cell tagged {TAG}."
        ) from error


def read_value(text: str, default: Any) -> Any:
    """A parameter as written on a command line: None, True, a number, a list, or else the text itself.

    Where the default is a text, so is the value.
    """
    if isinstance(default, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text
    return value if value is None or isinstance(value, bool | int | float | str | list) else text


def inject(notebook: Any, values: Mapping[str, Any]) -> Any:
    """The notebook with a cell behind the tagged one that assigns other values."""
    from papermill.parameterize import parameterize_notebook

    # As papermill's own reader leaves a notebook.
    notebook.metadata.setdefault("papermill", {})
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    notebook = parameterize_notebook(notebook, dict(values), kernel_name="python3", language="python")
    for cell in notebook.cells:
        if INJECTED in cell.metadata["tags"]:
            cell.id = INJECTED  # made up anew each time otherwise, so that no two pages would be the same
    return notebook
