"""What the notebooks import exists; a moved name is found without running a notebook."""

import ast
import importlib
import re
from pathlib import Path

import nbformat
import pytest

from loaders.settings import NOTEBOOKS


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_names_that_a_notebook_imports_exist(path: Path) -> None:
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    python = [re.sub("(?m)^[%!].*$", "", text) for text in code if not text.startswith("%%")]
    statements = [statement for text in python for statement in ast.parse(text).body]
    imports = [statement for statement in statements if isinstance(statement, ast.ImportFrom | ast.Import)]
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
