"""Text from the data in Markdown and HTML: names never become markup."""

import string

from IPython.display import Markdown

LAST_ASCII = 127
SAFE = frozenset(string.ascii_letters + string.digits + " .,;%/?=-")


def text(value: object) -> str:
    """Return a value as text that neither Markdown nor HTML reads as markup; control characters become spaces.

    Every name of a grid, region, node, metric, source, rule or file in a Markdown answer or in HTML goes through here.
    """
    escaped = "".join(_escape(char) for char in str(value))
    return escaped.replace("www.", "www&#46;")  # which some renderers turn into a link


def note(sentence: str) -> Markdown:
    """Return a sentence in italics, in place of a chart or table without rows."""
    return Markdown(f"*{sentence}*")


def _escape(char: str) -> str:
    if char in SAFE or (char.isprintable() and ord(char) > LAST_ASCII):
        return char
    return f"&#{ord(char)};" if char.isprintable() else " "
