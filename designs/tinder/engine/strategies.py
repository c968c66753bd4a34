"""What happens to prepared cards when a filter, a place or a profile changes."""

from __future__ import annotations


class Evict:
    """Cards that no longer fit are taken out as soon as the change is known."""

    label = "evict at once"
    tradeoff = "Right after a change the cards fit; every change costs a look at who holds the card."
    evicts = True


class Expire:
    """Cards stay until the feed's time is over."""

    label = "wait for TTL"
    tradeoff = "No work at a change; cards out of place are shown until the feed expires."
    evicts = False


CHANGES: dict[str, type[Evict] | type[Expire]] = {"evict": Evict, "ttl": Expire}
