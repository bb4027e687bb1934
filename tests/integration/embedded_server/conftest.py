"""Fixtures of the tests of the embedded server."""

from tests.support.throwaway_homes import home, open_folder, use_home

__all__ = ["home", "open_folder", "use_home"]
