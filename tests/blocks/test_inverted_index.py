"""The inverted index, against a plain scan and against tantivy."""

from __future__ import annotations

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from sdlab.blocks.inverted_index import K1, InvertedIndex, Postings, tokens

WORDS = ["rain", "sun", "wind", "north", "tea"]
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=8), max_size=25)
asked = st.lists(st.sampled_from([*WORDS, "snow"]), min_size=1, max_size=3)


def indexed(documents: list[list[str]]) -> InvertedIndex:
    index = InvertedIndex()
    for number, terms in enumerate(documents):
        index.add(number, terms)
    return index


def follows(terms: list[str], phrase: list[str]) -> bool:
    return any(terms[at : at + len(phrase)] == phrase for at in range(len(terms)))


@given(documents=texts, terms=asked)
def test_it_finds_what_a_scan_finds(documents: list[list[str]], terms: list[str]) -> None:
    index, numbered = indexed(documents), list(enumerate(documents))

    assert index.all_of(terms).found == [n for n, one in numbered if set(terms) <= set(one)]
    assert index.any_of(terms).found == [n for n, one in numbered if set(terms) & set(one)]
    assert index.phrase(terms).found == [n for n, one in numbered if follows(one, terms)]


@given(documents=texts, gone=st.sets(st.integers(0, 24)), again=texts)
def test_it_forgets_what_is_removed_and_replaces_what_comes_again(
    documents: list[list[str]], gone: set[int], again: list[list[str]]
) -> None:
    index = indexed(documents)
    for number in gone:
        assert index.remove(number) == (number < len(documents))
    kept = {n: one for n, one in enumerate(documents) if n not in gone}
    for number, terms in reversed(list(enumerate(again))):
        index.add(number, terms)
        kept[number] = terms

    assert len(index) == len(kept)
    assert index.tokens == sum(map(len, kept.values()))
    for word in WORDS:
        found = index.postings(word)
        assert list(found.ids.ids) == sorted(n for n, terms in kept.items() if word in terms)
        for number in found.ids.ids:
            places = [at for at, term in enumerate(kept[number]) if term == word]
            assert list(found.places(number)) == places


@settings(max_examples=8)
@given(documents=texts.filter(lambda some: sum(map(len, some)) > 0), terms=asked)
def test_it_finds_and_ranks_as_tantivy_does(documents: list[list[str]], terms: list[str]) -> None:
    schema = tantivy.SchemaBuilder().add_integer_field("id", fast=True).add_text_field("body").build()
    peer = tantivy.Index(schema)
    writer = peer.writer(15_000_000, 1)
    for number, words in enumerate(documents):
        writer.add_document(tantivy.Document(id=number, body=" ".join(words)))
    writer.commit()
    peer.reload()
    index, searcher = indexed(documents), peer.searcher()
    each = [tantivy.Query.term_query(schema, "body", term) for term in dict.fromkeys(terms)]
    query = tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in each])
    hits = searcher.search(query, 100).hits
    ids = searcher.fast_field_values("id", [address for _, address in hits])

    assert sorted(int(one) for one in ids if one is not None) == index.all_of(terms).found
    for (score, _), number in zip(hits, ids, strict=True):
        assert score == pytest.approx(index.score(int(number or 0), terms), rel=0.02)


def test_the_parts_of_a_score_make_it_up() -> None:
    index = indexed([["rain"] * 9, ["rain", "sun"], ["sun", "sun", "sun"], ["wind"]])
    parts = index.bm25(0, ["rain", "snow"])

    assert index.score(0, ["rain", "snow"]) == sum(part.score for part in parts)
    assert [part.frequency for part in parts] == [9, 0]
    assert 0 < parts[0].saturation < K1 + 1
    assert index.idf("wind") > index.idf("rain") > 0
    assert index.score(1, ["sun"]) < index.score(2, ["sun"])


def test_it_takes_over_what_was_inverted_elsewhere() -> None:
    index = InvertedIndex()
    index.load({1: 2, 4: 1}, [("rain", Postings([1, 4], [(0, 1), (0,)]))])

    assert index.phrase(["rain", "rain"]).found == [1]
    assert (len(index), index.tokens, index.terms) == (2, 3, 1)
    assert index.commonest(3) == [("rain", 2)]
    with pytest.raises(ValueError):
        index.load({}, [])
    with pytest.raises(ValueError):
        Postings([1, 2], [(0,)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("👩‍💻 !!", []),
        ("Ünter den LINDEN", ["ünter", "den", "linden"]),
        ("rock'n'roll 'quoted'", ["rock'n'roll", "quoted"]),
        ("می‌خواهم", ["می‌خواهم"]),
        ("हिन्दी", ["हिन्दी"]),
        ("ﬁne e\u0301te\u0301", ["fine", "été"]),
        ("a-b_c #d @e", ["a", "b", "c", "d", "e"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected
