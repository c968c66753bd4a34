"""What follows from a configuration: hosts, copies, slices, the shape of sketches, and what a change rebuilds."""

from __future__ import annotations

from designs.top_k.config import Config
from designs.top_k.engine.stores import Shape
from designs.top_k.engine.strategies import COUNTINGS, SIZINGS, SLIDINGS, UPDATES
from designs.top_k.engine.windows import WINDOWS


def slices_of(config: Config) -> int:
    """Slices per window."""
    return SLIDINGS[config.sliding].slices


def shape_of(config: Config) -> Shape:
    """How sketches are made."""
    width = SIZINGS[config.sizing].width(
        wanted=config.width,
        depth=config.depth,
        budget=config.budget_kib * 1024,
        sketches=slices_of(config) * len(WINDOWS),
    )
    return Shape(
        width=width,
        depth=config.depth,
        seed=config.hash_seed,
        conservative=UPDATES[config.sketch_update].conservative,
        heap=config.heap_size,
    )


def host_count(config: Config) -> int:
    """Hosts that the approach runs."""
    return COUNTINGS[config.counting].hosts(config.hosts, config.replicas)


def copies_of(config: Config) -> int:
    """Copies of every slot that there can be."""
    return min(config.replicas, host_count(config))


def structure_of(config: Config, *, with_hosts: bool = True) -> tuple[object, ...]:
    """What a change of makes new hosts, or a new pipeline, necessary."""
    sketch = shape_of(config) if config.counting == "sketch" else None
    interval = config.flush_s if config.counting == "batch" else 0
    hosts = (config.hosts, config.replicas) if with_hosts else ()
    return config.counting, config.sliding, sketch, interval, hosts


def overlay_of(config: Config) -> tuple[object, ...]:
    """What a change of makes another sketch beside the approach necessary."""
    return config.overlay, config.counting, config.sliding, shape_of(config)
