"""The approaches: how an order is written, which units it takes, what keeps a cart, who delivers, who answers."""

from designs.local_delivery.engine.strategies.allocating import ALLOCATIONS, REACHES
from designs.local_delivery.engine.strategies.answering import AVAILABILITIES
from designs.local_delivery.engine.strategies.ordering import ORDERINGS
from designs.local_delivery.engine.strategies.picking import PICKINGS
from designs.local_delivery.engine.strategies.reserving import RESERVATIONS

__all__ = ["ALLOCATIONS", "AVAILABILITIES", "ORDERINGS", "PICKINGS", "REACHES", "RESERVATIONS"]
