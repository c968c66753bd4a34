"""The catalogue of videos."""

from __future__ import annotations

from designs.top_k.engine.videos import checked, pick, title, video_id


def test_popularity_follows_the_skew() -> None:
    even = [pick((n + 0.5) / 1000, videos=10, skew=0.0) for n in range(1000)]
    steep = [pick((n + 0.5) / 1000, videos=10, skew=2.0) for n in range(1000)]
    assert {even.count(video_id(n)) for n in range(1, 11)} == {100}
    assert steep.count("v1") > 600
    assert pick(0.999999, videos=10, skew=1.0) == "v10"


def test_titles_are_all_different() -> None:
    titles = [title(video_id(number)) for number in range(1, 5001)]
    assert len(set(titles)) == 5000
    assert title("nobody") == "nobody"
    assert checked("A-b_9") == "A-b_9"
