"""What counts as text, by one rule for bodies, headers and names: any script, nothing that controls.

Unicode Standard Annex 9 (bidirectional text) and 15 (normal forms); joiners, variation selectors and
emoji are ordinary text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sdlab.lab.errors import Invalid

BIDI_OVERRIDES = frozenset("\u202d\u202e")
LINE_BREAKS = frozenset("\n\r\t")
# Letters and symbols by category that show nothing, and format characters that do show something.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen.

    >>> is_blank(" \\u200b\\ufe0f"), is_blank("a")
    (True, False)
    """
    return not any(map(_visible, text))


def _visible(char: str) -> bool:
    if char in INVISIBLE or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return False
    return char in VISIBLE_FORMAT or unicodedata.category(char) not in INVISIBLE_CATEGORIES


@dataclass(frozen=True, slots=True)
class TextRule:
    """A text named `name` of `minimum` to `maximum` code points, on one line unless `lines`.

    `minimum=0` allows a blank text, which becomes the empty one.
    """

    name: str
    maximum: int
    minimum: int = 1
    lines: bool = False

    def check(self, text: str, *, field: str = "") -> str:
        """The text in NFC without white space at its ends. `Invalid` about `field` (the name, when left out).

        >>> TextRule("title", 80).check("  Cafe\\u0301 ")
        'Café'
        """
        problem = self._problem_of(text)
        said = unicodedata.normalize("NFC", text).strip() if not problem else ""
        if not problem and is_blank(said):
            said, problem = "", "has at least one visible character" if self.minimum else ""
        elif not problem and not self.minimum <= len(said) <= self.maximum:
            problem = f"has {self.minimum} to {self.maximum} characters, not {len(said)}"
        if problem:
            raise Invalid(f"the {self.name} {problem}", field=field or self.name)
        return said

    def _problem_of(self, text: str) -> str:
        for char in text:
            category = unicodedata.category(char)
            if category == "Cs":
                return "has half a character in it (a lone surrogate)"
            if category == "Cc" and not (self.lines and char in LINE_BREAKS):
                return "has no control characters" + ("" if self.lines else " or line breaks")
            if char in BIDI_OVERRIDES:
                return "has no characters that override the direction of text"
        return ""


def header_text(value: str) -> str:
    """The text of a header, which servers hand out byte by byte: UTF-8, else Latin-1 as browsers send it.

    >>> header_text("ZoÃ«"), header_text("Zoë")
    ('Zoë', 'Zoë')
    """
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
