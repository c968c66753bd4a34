"""The figures of all processes as one text for Prometheus: each sample with the process that it is of."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

WORKER = "worker"


class _Together(Collector):
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def collect(self) -> list[Metric]:
        families: dict[str, Metric] = {}
        for worker, text in self._texts.items():
            for family in text_string_to_metric_families(text):
                whole = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {**sample.labels, WORKER: worker}
                    whole.add_sample(sample.name, labels, sample.value, sample.timestamp, sample.exemplar)
        return list(families.values())


def together(texts: Mapping[str, str]) -> bytes:
    """One text of those of several processes, by name: a name of a figure stands once, as Prometheus demands."""
    return generate_latest(_Together(texts))  # type: ignore[arg-type]
