"""The choices of the URL shortener: pure, each behind a protocol, each naming its price."""

from designs.url_shortener.engine.strategies.caches import CACHES
from designs.url_shortener.engine.strategies.generators import GENERATORS
from designs.url_shortener.engine.strategies.locks import ALLOCATOR_LOCKS, URL_LOCKS
from designs.url_shortener.engine.strategies.mappings import MAPPINGS
from designs.url_shortener.engine.strategies.placements import PLACEMENTS
from designs.url_shortener.engine.strategies.redirects import REDIRECTS

__all__ = ["ALLOCATOR_LOCKS", "CACHES", "GENERATORS", "MAPPINGS", "PLACEMENTS", "REDIRECTS", "URL_LOCKS"]
