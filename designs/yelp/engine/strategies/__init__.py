"""The choices of Yelp: how places are found and ranked, how averages are kept, how the index hears of edits."""

from designs.yelp.engine.strategies.averaging import AVERAGES, UNIQUES
from designs.yelp.engine.strategies.keeping import CACHES
from designs.yelp.engine.strategies.ranking import SORTS
from designs.yelp.engine.strategies.searching import CANDIDATES, SEARCHES
from designs.yelp.engine.strategies.syncing import SYNCS

__all__ = ["AVERAGES", "CACHES", "CANDIDATES", "SEARCHES", "SORTS", "SYNCS", "UNIQUES"]
