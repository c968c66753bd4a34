"""Only public addresses may be connected to, in whatever form they are written."""

from __future__ import annotations

import pytest

from sdlab.parts.public_address import Refused, check_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:0001::",
    ],
)
def test_what_is_inside_a_network_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        check_address(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_what_is_public_may_be_called(address: str) -> None:
    assert check_address(address) == address
