"""Questions and answers of the lab's name server: the part of DNS (RFC 1035) that asks for addresses."""

from __future__ import annotations

import ipaddress
import struct

ADDRESS, INTERNET = 1, 1
NO_SUCH_NAME = 3
_HEADER = struct.Struct("!6H")


def question(number: int, host: str) -> bytes:
    """A message that asks for the addresses of a host.

    >>> asked(question(7, "portal.test"))
    (7, 'portal.test')
    """
    labels = b"".join(bytes([len(part)]) + part.encode("ascii") for part in host.split("."))
    return _HEADER.pack(number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", ADDRESS, INTERNET)


def asked(message: bytes) -> tuple[int, str]:
    """Number and host of a question. `ValueError` when it is none."""
    number, host, _ = _question(message)
    return number, host


def _question(message: bytes) -> tuple[int, str, int]:
    if len(message) < _HEADER.size:
        raise ValueError("too short for a message")
    number, _, questions, *_ = _HEADER.unpack_from(message)
    if questions != 1:
        raise ValueError("one question at a time")
    at, parts = _HEADER.size, []
    while True:
        if at >= len(message):
            raise ValueError("a name without an end")
        size = message[at]
        at += 1
        if not size:
            break
        if size > 63 or at + size > len(message):
            raise ValueError("a label that is too long")
        parts.append(message[at : at + size].decode("ascii", "replace"))
        at += size
    return number, ".".join(parts), at + 4


def answer(message: bytes, addresses: list[str], ttl_s: int) -> bytes:
    """The answer to a question; without addresses it says that there is no such name."""
    number, _, end = _question(message)
    flags = 0x8180 | (0 if addresses else NO_SUCH_NAME)
    head = _HEADER.pack(number, flags, 1, len(addresses), 0, 0)
    records = b"".join(
        struct.pack("!3HIH", 0xC00C, ADDRESS, INTERNET, ttl_s, 4) + ipaddress.IPv4Address(one).packed
        for one in addresses
    )
    return head + message[_HEADER.size : end] + records


def answered(message: bytes) -> tuple[int, list[str], int]:
    """Number, addresses and seconds to live of an answer. `ValueError` when it is none.

    >>> answered(answer(question(7, "portal.test"), ["127.0.0.1"], 60))
    (7, ['127.0.0.1'], 60)
    """
    number, _, at = _question(message)
    count, found, ttl = _HEADER.unpack_from(message)[3], [], 0
    for _ in range(count):
        if at + 16 > len(message):
            raise ValueError("an answer that is cut off")
        _, kind, _, ttl, size = struct.unpack_from("!3HIH", message, at)
        if kind == ADDRESS and size == 4:
            found.append(str(ipaddress.IPv4Address(message[at + 12 : at + 16])))
        at += 12 + size
    return number, found, ttl
