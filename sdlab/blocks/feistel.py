"""A secret shuffle of 0..n-1 that needs no table: consecutive numbers in, unguessable numbers out.

A balanced Feistel network (Luby and Rackoff, 1988) is a bijection on 2^(2h) numbers for any round
function; walking along its cycle until the result is below n makes it one on any n (Black and
Rogaway, "Ciphers with arbitrary finite domains", 2002).
"""

from __future__ import annotations

import hashlib

ROUNDS = 6


class Feistel:
    """A keyed bijection on `range(size)`; whoever lacks `secret` cannot tell the next value from the last.

    >>> shuffle = Feistel(1000, secret=b"k")
    >>> sorted(shuffle.scramble(n) for n in range(1000)) == list(range(1000))
    True
    >>> shuffle.restore(shuffle.scramble(7))
    7
    """

    def __init__(self, size: int, *, secret: bytes) -> None:
        if size < 1:
            raise ValueError("there is nothing to shuffle")
        self.size = size
        self._secret = hashlib.blake2b(secret, digest_size=32).digest()
        self._half = max(1, ((size - 1).bit_length() + 1) // 2)
        self._mask = (1 << self._half) - 1

    def scramble(self, number: int) -> int:
        """Where the shuffle puts `number`; `ValueError` outside `range(size)`."""
        self._check(number)
        number = self._forward(number)
        while number >= self.size:  # the domain is at most 4 times the size: 4 walks on average at worst
            number = self._forward(number)
        return number

    def restore(self, number: int) -> int:
        """The number that `scramble` put there."""
        self._check(number)
        number = self._backward(number)
        while number >= self.size:
            number = self._backward(number)
        return number

    def _check(self, number: int) -> None:
        if not 0 <= number < self.size:
            raise ValueError(f"{number} is not in 0..{self.size - 1}")

    def _forward(self, number: int) -> int:
        left, right = number >> self._half, number & self._mask
        for step in range(ROUNDS):
            left, right = right, left ^ self._round(step, right)
        return left << self._half | right

    def _backward(self, number: int) -> int:
        left, right = number >> self._half, number & self._mask
        for step in reversed(range(ROUNDS)):
            left, right = right ^ self._round(step, left), left
        return left << self._half | right

    def _round(self, step: int, half: int) -> int:
        message = step.to_bytes(1, "big") + half.to_bytes((self._half + 7) // 8, "big")
        digest = hashlib.blake2b(message, key=self._secret, digest_size=16).digest()
        return int.from_bytes(digest, "big") & self._mask
