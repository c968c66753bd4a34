"""The estimate: orders and looks a second, the stock, carts, and what a serialisable sale may collide with."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sdlab.lab import Assumption, Estimate, Measured, Result

DAY = 86_400
ASSUMPTIONS = (
    Assumption("orders", "Orders a day", "orders", 1e6, 1, 1e9, "the source's"),
    Assumption("peak", "Peak over the mean", "×", 4.3, 1, 100, "makes the source's 50 orders a second"),
    Assumption("pages", "Pages that somebody looks at before ordering", "pages", 10, 1, 1_000),
    Assumption("conversion", "Of those who look, order", "%", 5, 0.01, 100, "the source's 5 %"),
    Assumption("centres", "Centres", "centres", 500, 1, 1e5),
    Assumption("items", "Things in each", "things", 5_000, 1, 1e6),
    Assumption("depth", "Units of each thing", "units", 20, 1, 1_000),
    Assumption("row", "Bytes of a unit's row, with its indexes", "bytes", 250, 1, 10_000),
    Assumption("lines", "Things per order", "things", 6, 1, 100),
    Assumption("cart", "A cart is kept for", "min", 60, 1, 1_440, "the source's"),
    Assumption("left", "Carts that are never ordered", "%", 70, 0, 99),
    Assumption("sale", "A sale takes", "ms", 6, 0.1, 10_000),
    Assumption("hot", "Of all orders, want the hottest thing of one centre", "%", 1, 0, 100),
    Assumption("promise", "Promised within", "min", 60, 5, 1_440),
    Assumption("fixed", "Picking and the courier's other stops", "min", 38, 0, 1_000),
    Assumption("pace", "Speed along the streets", "m/min", 150, 10, 2_000),
    Assumption("detour", "Way over distance", "×", 1.27, 1, 5, "4 ÷ π on a grid, on average"),
)


def circle_share(detour: float) -> float:
    """Of a circle, the share that is reached when every way is `detour` times the distance, at best."""
    return 1 / detour**2


def results(values: Mapping[str, float]) -> tuple[Result, ...]:
    """What follows from the assumptions."""
    orders = values["orders"] / DAY
    peak = orders * values["peak"]
    looks = peak * values["pages"] / (values["conversion"] / 100)
    units = values["centres"] * values["items"] * values["depth"]
    carts = peak / (1 - values["left"] / 100) * values["cart"] * 60
    ride = max(0.0, values["promise"] - values["fixed"])
    metres = ride * values["pace"] / values["detour"]
    meet = peak * values["hot"] / 100 * values["sale"] / 1_000
    return (
        Result("mean", "Orders, mean", orders, "per s", "orders ÷ 86,400"),
        Result("peak_orders", "Orders at the peak", peak, "per s", "mean × peak"),
        Result(
            "looks", "Looks at the peak", looks, "per s", "orders at the peak × pages ÷ share who order",
            "10 orders a second at 5 % are 200 visits a second, and 2,000 pages. 20,000 a second need ten million orders "
            "a day: 116 × 10 ÷ 5 % ≈ 23,000.",
        ),
        Result("ratio", "Looks per order", looks / peak, "", "pages ÷ share who order"),
        Result("units", "Units of stock", units, "units", "centres × things × units"),
        Result("stock", "Rows of the stock", units * values["row"] / 1e9, "GB", "units × bytes"),
        Result("counts", "Counts that a replica keeps", values["centres"] * values["items"], "counts", "centres × things"),
        Result(
            "kept", "Units in carts at the peak", carts * values["lines"], "units",
            "orders ÷ (1 − left) × time of a cart × things",
            "Most of them will never be bought: an hour is a long time for a shelf. Minutes are enough to pay.",
        ),
        Result(
            "blocked", "Of the stock, in carts", 100 * carts * values["lines"] / units, "%", "units in carts ÷ units",
        ),
        Result(
            "meet", "Sales of the hottest shelf under way at once", meet, "sales", "orders of it × time of a sale",
            "Below one, serialisable transactions hardly collide. A flash sale moves all orders to one shelf.",
        ),
        Result(
            "flash", "The same, when all want one thing", peak * values["sale"] / 1_000, "sales",
            "orders at the peak × time of a sale",
        ),
        Result("ride", "Left for the ride", ride, "min", "promise − picking and other stops"),
        Result("reach", "Distance that is safe to promise", metres, "m", "ride × speed ÷ detour"),
        Result(
            "circle", "Of the circle at full speed, in reach", 100 * circle_share(values["detour"]), "%",
            "1 ÷ detour²", "What a promise by distance alone gets wrong is the rest of the circle.",
        ),
        Result(
            "couriers", "Couriers on the road at the peak", peak * 60 * (values["promise"] - 10) / 3, "couriers",
            "orders a minute × minutes on the road ÷ 3 orders each",
        ),
        Result(
            "servers", "Connections that sell, busy at the peak", math.ceil(peak * values["sale"] / 1_000), "",
            "orders × time of a sale",
        ),
    )  # fmt: skip


ESTIMATE = Estimate(
    assumptions=ASSUMPTIONS,
    results=results,
    measured=(
        Measured("requests", "Requests of all kinds, the last seconds", "per s", "traffic.rate", "looks"),
    ),
)
