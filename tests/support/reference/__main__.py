"""`python -m tests.support.reference`: write the generated pages of docs/reference/ again."""

from loaders.settings import PROJECT_ROOT
from tests.support.reference import write_pages

if __name__ == "__main__":
    for path in write_pages():
        print(path.relative_to(PROJECT_ROOT))
