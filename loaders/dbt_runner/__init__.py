"""Build the marts: dbt, run in this process with the connection of this warehouse."""

from loaders.dbt_runner.build_inputs import is_up_to_date
from loaders.dbt_runner.builds import build, run_dbt
from loaders.dbt_runner.runner import NodeResult

__all__ = ["NodeResult", "build", "is_up_to_date", "run_dbt"]
