"""`make clean`: say what would be deleted; with --yes, delete it."""

import shutil
import sys

from loaders import server
from loaders.settings import PROJECT_ROOT, settings

MADE_HERE = (
    ".venv",
    "reports",
    "dbt_project/target",
    "dbt_project/logs",
    "logs",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
)


def main() -> None:
    """Stop the embedded server and delete its data and everything that was made in the project's folder."""
    home = settings().home
    found = [PROJECT_ROOT / name for name in MADE_HERE if (PROJECT_ROOT / name).exists()]
    print("This deletes:")
    print(f"  {home}  (the embedded server's data: every measure loaded into it)" if home.exists() else "  no database")
    for path in found:
        print(f"  {path}")
    if "--yes" not in sys.argv:
        print("Nothing was deleted. To do it: make clean YES=1")
        return
    if home.exists():
        server.discard()
        shutil.rmtree(home, ignore_errors=True)
    for path in found:
        shutil.rmtree(path)
    print("Deleted.")


if __name__ == "__main__":
    main()
