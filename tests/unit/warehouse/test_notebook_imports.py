"""What the notebooks import exists; a moved name is found without running a notebook."""

import ast
import importlib
from pathlib import Path

import nbformat
import pytest

from loaders.settings import NOTEBOOKS


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_names_that_a_notebook_imports_exist(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    lines = [line for text in code for line in text.splitlines() if line.startswith(("from ", "import "))]
    imports = ast.parse("\n".join(lines)).body
    assert imports
    for statement in imports:
        if isinstance(statement, ast.ImportFrom):
            module = importlib.import_module(statement.module)
            for name in statement.names:
                if not hasattr(module, name.name):
                    importlib.import_module(f"{statement.module}.{name.name}")
        else:
            for name in statement.names:
                importlib.import_module(name.name)
