"""What to bring about in the running system, from a broken promise to one that is hard to keep."""

from __future__ import annotations

from sdlab.lab import Do, Goal, Mission
from sdlab.lab.scenario import Fault

MISSIONS = (
    Mission(
        id="meet",
        title="One code, two URLs",
        says="Make the system give the same code to two URLs.",
        level="easy",
        goals=(Goal("a code serves two URLs", "broken.one_url_per_code", at_least=1),),
        seconds=1,
        solution=Do(toggles={"allocator_lock": "off"}, workload="new_links_storm", rate=400),
    ),
    Mission(
        id="short",
        title="Three characters",
        says="Store 1,500 links under codes of at most three characters, and never draw one that is taken.",
        level="medium",
        goals=(
            Goal("at most 3 characters", "config.code_length", at_most=3),
            Goal("1,500 codes stored", "tally.links", at_least=1500),
            Goal("no code was taken", "tally.collisions", at_most=0),
            Goal("no code serves two URLs", "broken.one_url_per_code", at_most=0),
        ),
        seconds=1,
        solution=Do(knobs={"code_length": 3}, workload="new_links_storm", rate=400),
    ),
    Mission(
        id="shard",
        title="A shard less",
        says="Take a shard down under read-heavy traffic, and leave no click without an answer.",
        level="medium",
        goals=(
            Goal("shard 1 is down", "fault.shard-1.down", at_least=1),
            Goal("read-heavy traffic", "workload.id", equals="read_heavy"),
            Goal("400 operations/s", "workload.rate", at_least=400, unit="/s"),
            Goal("every click answered", "tally.failed", at_most=0),
        ),
        seconds=10,
        solution=Do(
            knobs={"replicas": 2}, workload="read_heavy", rate=400, faults=(Fault("shard-1", "down"),)
        ),
    ),
    Mission(
        id="small_cache",
        title="Little memory",
        says="Answer 80 % of the redirects from a cache of at most 200 links, with browsers that count every click.",
        level="hard",
        goals=(
            Goal("read-heavy traffic", "workload.id", equals="read_heavy"),
            Goal("400 operations/s", "workload.rate", at_least=400, unit="/s"),
            Goal("cache of at most 200 links", "config.cache_size", at_most=200),
            Goal("hit ratio of 80 %", "tally.hit_ratio", at_least=80, unit="%"),
            Goal("no click unseen", "tally.unseen", at_most=0),
        ),
        seconds=10,
        solution=Do(knobs={"cache_size": 200}, workload="read_heavy", rate=400),
    ),
)
