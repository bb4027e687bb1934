"""`python -m loaders`."""

from loaders.cli import main

if __name__ == "__main__":
    main()
