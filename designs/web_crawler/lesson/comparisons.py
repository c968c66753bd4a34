"""What is worth comparing: each with the traffic that tells the variants apart."""

from __future__ import annotations

from sdlab.lab import Alternative, PreparedComparison
from sdlab.lab.scenario import Fault

COMPARISONS = (
    PreparedComparison(
        id="politeness",
        question="What do hosts do with a crawler that does not wait?",
        toggle="politeness",
        alternatives=(
            Alternative("One at a time, with a pause", {}),
            Alternative("As fast as it goes", {"politeness": "off"}),
        ),
        workload="strict",
        rate=20,
        expect="Strict hosts answer 429, others grow slow and then answer 503; most of the haste is for nothing.",
        answer="refused",
        best=("One at a time, with a pause",),
        counts=("answer of 429 or 503", "answers of 429 or 503"),
        seconds=4,
    ),
    PreparedComparison(
        id="stages",
        question="What does a bug in the extractor cost?",
        toggle="stages",
        alternatives=(
            Alternative("Fetch, store, then extract", {}),
            Alternative("One stage", {"stages": "one"}),
        ),
        workload="seeds",
        rate=15,
        expect="Where raw answers were kept they are read again; where not, each page is asked for once more.",
        answer="refetched",
        best=("Fetch, store, then extract",),
        counts=("page fetched again", "pages fetched again"),
        faults=(Fault("extractor-1", "bug", 2.0),),
        seconds=6,
    ),
    PreparedComparison(
        id="seen",
        question="Which ways of knowing an address miss pages?",
        toggle="seen",
        alternatives=(
            Alternative("Database lookup", {"seen": "database"}),
            Alternative("Hash index", {"seen": "hash"}),
            Alternative("Bloom filter, too small", {"seen": "bloom"}, {"bloom_for": 60}),
        ),
        workload="seeds",
        rate=30,
        expect="A Bloom filter takes the fewest bytes; beyond what it was made for, it takes new addresses for seen.",
        answer="skipped",
        best=("Database lookup", "Hash index"),
        counts=("page wrongly skipped", "pages wrongly skipped"),
        seconds=4,
    ),
    PreparedComparison(
        id="copies",
        question="Which copies does a hash of the text not find?",
        toggle="content",
        alternatives=(
            Alternative("Not asked", {"content": "off"}),
            Alternative("Hash of the text", {"content": "exact"}),
            Alternative("SimHash", {"content": "simhash"}, {"near_bits": 10}),
        ),
        workload="copies",
        rate=30,
        expect="A story with one word changed has another hash, and nearly the same fingerprint.",
        answer="copies_kept",
        best=("SimHash",),
        counts=("copy stored as another page", "copies stored as other pages"),
        seconds=6,
    ),
)
