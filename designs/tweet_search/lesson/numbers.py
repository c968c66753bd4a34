"""The back-of-the-envelope estimate: from users to tweets, shards, index writes and the price of a page cache."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("users", "Users who are active in a day", "users", 100e6, 1, 1e10),
    Assumption("tweets", "Tweets per user and day", "tweets", 1, 0.001, 1000),
    Assumption("likes", "Likes per user and day", "likes", 10, 0.001, 10_000),
    Assumption("searches", "Searches per user and day", "searches", 1, 0.001, 1000),
    Assumption("peak", "Peak over the mean", "×", 3, 1, 100),
    Assumption("years", "Kept for", "years", 10, 0.1, 100),
    Assumption("tweet_bytes", "A stored tweet", "bytes", 1000, 50, 100_000, note="with all about it"),
    Assumption("index_bytes", "A tweet in the index", "bytes", 64, 10, 10_000, note="as tantivy took here"),
    Assumption("copies", "Copies of the index", "copies", 2, 1, 10),
    Assumption("shard_gib", "Index of a shard", "GiB", 30, 0.1, 10_000),
    Assumption("top_likes", "Likes of a very popular tweet", "likes", 1e6, 1, 1e10),
    Assumption("mean_likes", "Likes of a tweet, on average", "likes", 10, 0.1, 1e6),
    Assumption("page_ids", "Ids kept for a search", "ids", 100, 1, 10_000),
    Assumption("id_bytes", "A kept id", "bytes", 80, 8, 1000, note="an entry of a sorted set"),
    Assumption("ttl_s", "Kept for", "s", 3600, 1, 86_400),
    Assumption("distinct", "Searches that nobody else makes within that time", "%", 20, 0.01, 100),
)  # fmt: skip


def per_second(values: Mapping[str, float], what: str) -> float:
    """Of tweets, likes or searches: per second, averaged over a day."""
    return values["users"] * values[what] / DAY


def writes_for(likes: float) -> int:
    """Index writes for a tweet that gets so many likes: one at each power of two.

    >>> writes_for(1_000_000), writes_for(1), writes_for(0)
    (20, 1, 0)
    """
    return int(likes).bit_length()


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    return (*_rates(values), *_storage(values), *_likes(values), *_pages(values))


def _rates(values: Mapping[str, float]) -> tuple[Result, ...]:
    return (
        Result("tweets_s", "Tweets", per_second(values, "tweets"), "per s", "users × tweets ÷ 86,400 s",
               "With a day of 100,000 s it is 1,000: a day has 86,400, and it is a seventh more."),
        Result("likes_s", "Likes", per_second(values, "likes"), "per s", "users × likes ÷ 86,400 s"),
        Result("searches_s", "Searches", per_second(values, "searches"), "per s", "users × searches ÷ 86,400 s"),
        Result("searches_peak", "Searches at the peak", per_second(values, "searches") * values["peak"], "per s",
               "searches per second × peak"),
    )  # fmt: skip


def _storage(values: Mapping[str, float]) -> tuple[Result, ...]:
    tweets = values["users"] * values["tweets"] * 365 * values["years"]
    index = tweets * values["index_bytes"]
    shards = math.ceil(index / (values["shard_gib"] * 2**30))
    return (
        Result("kept", "Tweets kept", tweets, "tweets", "users × tweets × 365 × years"),
        Result("stored", "Tweets, stored", tweets * values["tweet_bytes"] / 1e12, "TB", "tweets × bytes of a tweet"),
        Result("index", "Index, one copy", index / 1e12, "TB", "tweets × bytes in the index",
               "The index holds words and ranks, not the tweet: far less than what is stored."),
        Result("shards", "Shards", shards, "shards", "index ÷ index of a shard"),
        Result("copies", "Shards with their copies", shards * values["copies"], "shards", "shards × copies",
               "Every search asks all shards: with many, an answer is nearly always as late as a slow one."),
    )  # fmt: skip


def _likes(values: Mapping[str, float]) -> tuple[Result, ...]:
    popular, usual = writes_for(values["top_likes"]), writes_for(values["mean_likes"])
    return (
        Result("top_writes", "Index writes for the popular tweet", popular, "writes", "⌊log₂ likes⌋ + 1"),
        Result("top_times", "Fewer than one for each like", values["top_likes"] / max(1, popular), "×", "likes ÷ writes"),
        Result("mean_times", "For a tweet with average likes", values["mean_likes"] / max(1, usual), "×",
               "likes ÷ (⌊log₂ likes⌋ + 1)",
               "Powers of two save nearly nothing on tweets that few like, and there are many of those: how much "
               "is saved in all depends on how unequally likes fall."),
        Result("behind", "An indexed count is behind by less than", 50, "%", "between two powers of two"),
    )  # fmt: skip


def _pages(values: Mapping[str, float]) -> tuple[Result, ...]:
    searches = per_second(values, "searches") * values["ttl_s"]
    one = values["page_ids"] * values["id_bytes"]
    return (
        Result("kept_each", "Cache, pages for each reader", searches * one / 2**30, "GiB",
               "searches within the TTL × ids × bytes"),
        Result("kept_shared", "Cache, one list per query", searches * values["distinct"] / 100 * one / 2**30, "GiB",
               "different searches within the TTL × ids × bytes"),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("searches", "Searches of the last seconds", "per s", "cost.searches_per_s", "searches_peak"),
    ),
)
