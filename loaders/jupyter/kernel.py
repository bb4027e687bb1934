"""The kernel of JupyterLab and the dashboard."""

from typing import Any

from ipykernel.ipkernel import IPythonKernel


class Kernel(IPythonKernel):
    """States its language without a version.

    JupyterLab writes into a notebook what its kernel states. So a notebook that is opened stays as it is stored, with
    any Python.
    """

    language_info: dict[str, Any] = {
        name: value for name, value in IPythonKernel.language_info.items() if name != "version"
    }
