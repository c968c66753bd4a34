"""Whole numbers as text of digits and letters: 62 signs, log2(62) ≈ 5.954 bits each."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(ALPHABET)
_VALUE = {sign: value for value, sign in enumerate(ALPHABET)}


def encode(number: int) -> str:
    """The shortest text of a number >= 0; `ValueError` for a negative one.

    >>> encode(0), encode(61), encode(62)
    ('0', 'z', '10')
    """
    if number < 0:
        raise ValueError("base62 has no sign")
    signs = ALPHABET[number % BASE]
    while number := number // BASE:
        signs = ALPHABET[number % BASE] + signs
    return signs


def fixed(number: int, width: int) -> str:
    """Exactly `width` signs; `ValueError` when the number needs more. Equal widths sort like the numbers.

    >>> fixed(61, 3)
    '00z'
    """
    text = encode(number).rjust(width, ALPHABET[0])
    if len(text) > width:
        raise ValueError(f"{number} needs {len(text)} signs, not {width}")
    return text


def decode(text: str) -> int:
    """The number that `encode` or `fixed` wrote; `ValueError` for anything else.

    >>> decode("00z")
    61
    """
    if not text:
        raise ValueError("an empty text is no number")
    number = 0
    for sign in text:
        if sign not in _VALUE:
            raise ValueError(f"{sign!r} is no base62 sign")
        number = number * BASE + _VALUE[sign]
    return number


def width_of(bits: int) -> int:
    """How many signs any number of that many bits fits in: 8 bytes need 11, an MD5 digest 22.

    >>> width_of(64), width_of(128)
    (11, 22)
    """
    return len(encode((1 << bits) - 1))
