"""The words of a search."""

from __future__ import annotations

from sdlab.blocks.inverted_index import tokens

MOST_WORDS = 8


def query_words(term: str) -> list[str]:
    """The different words of a search, as they are indexed, at most `MOST_WORDS`.

    >>> query_words("The power of the Power: 2!")
    ['the', 'power', 'of', '2']
    """
    return list(dict.fromkeys(tokens(term)))[:MOST_WORDS]
