"""Which shard holds a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from designs.url_shortener.config import Config
from designs.url_shortener.engine.strategies.locks import Decide
from sdlab.blocks.hash_ring import HashRing, ModuloMap, Placement


class PlacementRule(Protocol):
    """Builds the placement of a number of shards."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]

    @staticmethod
    def build(*, shards: int, virtual_nodes: int) -> Placement:
        """The placement of shards 0 to `shards` - 1."""
        ...

    @staticmethod
    def explain(decide: Decide, code: str, shard: int) -> None:
        """Say why that shard has the code."""
        ...


class Ring(PlacementRule):
    """Consistent hashing."""

    label = "consistent hash"
    tradeoff = (
        "A shard more or less moves about 1/n of the keys; shares are even only with many virtual nodes."
    )

    @staticmethod
    def build(*, shards: int, virtual_nodes: int) -> Placement:
        return HashRing(range(shards), virtual_nodes=virtual_nodes)

    @staticmethod
    def explain(decide: Decide, code: str, shard: int) -> None:
        decide(f"consistent hash: {code} belongs to shard {shard}, the next one on the ring")


class Modulo(PlacementRule):
    """hash mod n."""

    label = "modulo"
    tradeoff = "The evenest shares and no table; a shard more or less moves nearly every key."

    @staticmethod
    def build(*, shards: int, virtual_nodes: int) -> Placement:
        return ModuloMap(range(shards))

    @staticmethod
    def explain(decide: Decide, code: str, shard: int) -> None:
        decide(f"modulo: {code} belongs to shard {shard}, the remainder of its hash")


PLACEMENTS: dict[str, type[PlacementRule]] = {"ring": Ring, "modulo": Modulo}


@dataclass(frozen=True, slots=True)
class Layout:
    """A placement in three values, as it is stored."""

    placement: str
    shards: int
    virtual_nodes: int

    def build(self) -> Placement:
        """The placement itself."""
        return PLACEMENTS[self.placement].build(shards=self.shards, virtual_nodes=self.virtual_nodes)


def layout_of(config: Config) -> Layout:
    """The layout that a configuration asks for."""
    return Layout(config.placement, config.shards, config.virtual_nodes)
