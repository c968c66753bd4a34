"""The stocks of the market. All are invented. Prices are whole cents everywhere in the engine."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

CENTS = 100
DEAREST = 100_000_000  # cents
CALMEST, WILDEST = 0.0006, 0.0022  # of the price, the standard deviation of one tick

_NAMES = (
    ("AURA", "Aurora Lamps"), ("BRIK", "Brickyard Homes"), ("CANO", "Canopy Foods"), ("DELT", "Delta Ferries"),
    ("EMBR", "Ember Ovens"), ("FJRD", "Fjord Salmon"), ("GLDE", "Glide Scooters"), ("HARB", "Harbour Cranes"),
    ("INKW", "Inkwell Press"), ("JUNI", "Juniper Gin"), ("KELP", "Kelp Fibres"), ("LUMN", "Lumen Glass"),
    ("MOSS", "Mossy Roofs"), ("NIMB", "Nimbus Umbrellas"), ("OAKS", "Oakshade Toys"), ("PLUM", "Plumline Tools"),
    ("QUAY", "Quayside Inns"), ("RIVT", "Rivet Bridges"), ("SAGE", "Sagebrush Tea"), ("TIDE", "Tidewater Power"),
    ("UMBR", "Umbra Blinds"), ("VELO", "Velodrome Bikes"), ("WICK", "Wicklow Candles"), ("XYLO", "Xylo Pianos"),
    ("YARN", "Yarnmill Knits"), ("ZEPH", "Zephyr Fans"), ("ALPN", "Alpine Ropes"), ("BEAN", "Beanfield Coffee"),
    ("CLOV", "Clover Dairies"), ("DUSK", "Duskfall Cinemas"), ("ELMS", "Elmstreet Clinics"), ("FLNT", "Flint Lighters"),
    ("GRVL", "Gravel Roads"), ("HIVE", "Hivewax Honey"), ("IRIS", "Iris Optics"), ("JADE", "Jadeport Tiles"),
    ("KITE", "Kitestring Drones"), ("LARK", "Larkrise Bakers"), ("MINT", "Mintleaf Soaps"), ("NOVA", "Novaspring Water"),
    ("ORBT", "Orbit Antennas"), ("PINE", "Pinewood Paper"), ("QRTZ", "Quartz Clocks"), ("REED", "Reedbank Flutes"),
    ("SALT", "Saltpan Mills"), ("TERN", "Ternwing Air"), ("URSA", "Ursa Outfits"), ("VALE", "Valeside Seeds"),
    ("WREN", "Wrenfield Vets"), ("YEWS", "Yewhurst Bows"), ("ZINC", "Zincworks"), ("AMPL", "Ample Speakers"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock: `base` is its price when the market is made, cents; `wild` the share by which a tick moves it."""

    number: int
    symbol: str
    name: str
    base: int
    wild: float


def _made(number: int, symbol: str, name: str) -> Stock:
    chance = Random(f"stock {symbol}")
    return Stock(
        number,
        symbol,
        name,
        round(chance.uniform(18, 420) * CENTS),
        chance.uniform(CALMEST, WILDEST),
    )


STOCKS = tuple(_made(number, *names) for number, names in enumerate(_NAMES))
BY_SYMBOL = {one.symbol: one for one in STOCKS}


def moved(price: int, share: float) -> int:
    """That price changed by a share of itself, by a cent at least where there is a change; never below one."""
    change = round(price * share)
    if not change and share:
        change = 1 if share > 0 else -1
    return min(DEAREST, max(1, price + change))


def money(cents: int) -> str:
    """How a price is written.

    >>> money(123456)
    '1,234.56'
    """
    return f"{cents / CENTS:,.2f}"
