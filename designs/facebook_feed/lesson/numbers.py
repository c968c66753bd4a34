"""The estimate: feed writes with and without a threshold, and what the feed table takes."""

from __future__ import annotations

from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400

ASSUMPTIONS = (
    Assumption("users", "Users a day", "users", 500e6, 1000, 5e9),
    Assumption("posts", "Posts per user and day", "posts", 0.2, 0.001, 100),
    Assumption("views", "Views per user and day", "views", 10, 0.1, 1000),
    Assumption("followers", "Followers reached by a post, on average", "followers", 500, 1, 1e6),
    Assumption(
        "popular_share",
        "Share of those that popular accounts reach",
        "%",
        90,
        0,
        99.9,
        note="40 % of the follows in the lab's graph, 85 % of its deliveries, as who is followed more posts more",
    ),
    Assumption("popular_followed", "Popular accounts that a user follows", "accounts", 20, 0, 1000),
    Assumption("star", "Followers of the largest account", "followers", 100e6, 1, 1e9),
    Assumption("writer", "Feed writes per second and worker", "per s", 50_000, 100, 1e7),
    Assumption("kept", "Entries kept per feed", "entries", 1000, 10, 100_000),
    Assumption("entry", "An entry (user, post, time)", "bytes", 24, 8, 1000),
    Assumption("page", "Posts on a page", "posts", 100, 1, 1000),
    Assumption("pages", "Pages kept ahead", "pages", 50, 1, 1000),
    Assumption("post", "A post with its text", "bytes", 1000, 50, 1e6),
    Assumption("active", "Readers within the life of a page", "users", 5e6, 1, 1e9),
)


def per_second(users: float, each: float) -> float:
    """Things per second when each of the users does `each` a day."""
    return users * each / DAY


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    posts = per_second(values["users"], values["posts"])
    views = per_second(values["users"], values["views"])
    push = posts * values["followers"]
    hybrid = push * (1 - values["popular_share"] / 100)
    return (
        Result("posts", "Posts", posts, "per s", "users × posts ÷ 86,400"),
        Result("views", "Views", views, "per s", "users × views ÷ 86,400"),
        Result(
            "push",
            "Feed writes, all pushed",
            push,
            "per s",
            "posts per second × followers reached",
            "Followers per post are weighed by who posts: far more than followers per account.",
        ),
        Result("hybrid", "Feed writes, with a threshold", hybrid, "per s", "pushed × (1 − popular share)"),
        Result("saved", "Fewer writes by the threshold", push / hybrid, "×", "pushed ÷ with a threshold"),
        Result(
            "workers", "Workers for that", hybrid / values["writer"], "workers", "writes ÷ writes per worker"
        ),
        Result(
            "reads",
            "Lists read, with a threshold",
            views * (1 + values["popular_followed"]),
            "per s",
            "views × (1 + popular accounts followed)",
            "The threshold does not remove work: it moves it to readers, where caches help.",
        ),
        Result(
            "star",
            "One post of the largest account, pushed by one worker",
            values["star"] / values["writer"],
            "s",
            "followers ÷ writes per second",
            "Two minutes of delay are allowed; a single worker misses that by far.",
        ),
        Result(
            "table",
            "Feed table",
            values["users"] * values["kept"] * values["entry"] / 1e12,
            "TB",
            "users × entries × bytes",
        ),
        Result(
            "page_texts",
            "Page cache with whole posts",
            values["active"] * values["page"] * values["pages"] * values["post"] / 1e12,
            "TB",
            "active readers × page × pages × bytes of a post",
            "The same post lies in thousands of readers' pages: keep its id there, and its text once.",
        ),
        Result(
            "page_ids",
            "Page cache with ids",
            values["active"] * values["page"] * values["pages"] * values["entry"] / 1e12,
            "TB",
            "active readers × page × pages × bytes of an entry",
        ),
    )


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(Measured("writes", "Feed entries of the last seconds", "per s", "queue.rate", "hybrid"),),
)
