"""The estimate, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400
MINUTE = 60

ASSUMPTIONS = (
    Assumption("ads", "Ads that run", "ads", 10e6, 1, 1e10),
    Assumption("peak", "Clicks at the peak", "clicks/s", 10_000, 1, 1e8),
    Assumption("average_share", "Average over peak", "%", 20, 1, 100),
    Assumption("click_bytes", "A raw click", "bytes", 100, 10, 10_000, "ids, times, where from"),
    Assumption("clicked_share", "Ads that are clicked in a minute", "%", 1, 0.001, 100),
    Assumption("row_bytes", "A total", "bytes", 24, 4, 1_000, "window, ad, count"),
    Assumption("lateness", "Allowed lateness", "s", 10, 0, 3_600),
    Assumption("flush", "Flush interval", "s", 10, 1, 3_600),
    Assumption(
        "shard", "One partition takes", "clicks/s", 1_000, 1, 1e6, "records of a shard of a managed log"
    ),
    Assumption("hot_share", "Clicks on the hottest ad", "%", 20, 0, 100),
    Assumption("retention", "Kept in the log", "days", 7, 0.01, 365),
    Assumption("key_bytes", "A key of an impression", "bytes", 80, 8, 1_000),
)


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    per_day = values["peak"] * values["average_share"] / 100 * DAY
    raw = per_day * values["click_bytes"]
    touched = min(values["ads"] * values["clicked_share"] / 100, values["peak"] * MINUTE)
    open_windows = 1 + values["lateness"] / MINUTE
    hot = values["peak"] * values["hot_share"] / 100
    return (
        Result("peak_rate", "Clicks at the peak", values["peak"], "clicks/s", "as assumed"),
        Result("per_day", "Clicks per day", per_day, "clicks", "peak × average share × 86,400 s"),
        Result("raw", "Raw clicks per day", raw / 1e9, "GB", "clicks per day × bytes of a click"),
        Result("log", "The log", raw * values["retention"] / 1e12, "TB", "raw clicks per day × days kept"),
        Result(
            "touched", "Ads with a click in a minute", touched, "ads",
            "ads × clicked share, at most a minute of the peak",
        ),
        Result("windows", "Windows open per ad", open_windows, "windows", "1 + lateness ÷ 60 s"),
        Result(
            "memory", "Counts in memory", touched * open_windows * values["row_bytes"] / 1e6, "MB",
            "ads in a minute × open windows × bytes of a total",
        ),
        Result(
            "written", "Totals written", touched / values["flush"], "rows/s",
            "ads in a minute ÷ flush interval",
            "Flushing a window six times writes most rows six times: the stream saves nothing where each ad gets one click "
            "a minute.",
        ),
        Result("partitions", "Partitions", values["peak"] / values["shard"], "partitions", "peak ÷ one partition"),
        Result("suffixes", "Keys for the hottest ad", max(1.0, hot / values["shard"]), "keys", "hot clicks ÷ one partition"),
        Result(
            "day", "Read again without a checkpoint", per_day / values["peak"] / 3_600, "h",
            "clicks of a day ÷ peak, as fast as they come at most",
        ),
        Result(
            "keys", "Impression keys of a day", per_day * values["key_bytes"] / 1e9, "GB",
            "clicks per day × bytes of a key",
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("clicks", "Clicks of the last seconds", "clicks/s", "totals.clicks_per_s", "peak_rate"),
    ),
)
