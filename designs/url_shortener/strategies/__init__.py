"""The choices of the URL shortener: pure, each behind a protocol, each naming its price."""

from designs.url_shortener.strategies.caches import CACHES
from designs.url_shortener.strategies.guards import ALLOCATOR_LOCKS, URL_LOCKS
from designs.url_shortener.strategies.keys import GENERATORS
from designs.url_shortener.strategies.mapping import MAPPINGS
from designs.url_shortener.strategies.placements import PLACEMENTS
from designs.url_shortener.strategies.redirects import REDIRECTS

__all__ = ["ALLOCATOR_LOCKS", "CACHES", "GENERATORS", "MAPPINGS", "PLACEMENTS", "REDIRECTS", "URL_LOCKS"]
