"""Sentences of four languages with gaps, and the words that go into the gaps, the commonest first."""

from __future__ import annotations

from dataclasses import dataclass

GAP = "_"  # a word of a sentence that begins so names a class


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its Snowball name: its share of all tweets, its sentences, and classes of words for their gaps."""

    name: str
    share: float
    sentences: tuple[str, ...]
    classes: dict[str, str]

    def words(self, name: str) -> list[str]:
        """The words of a class."""
        return self.classes[name].split()


TAGS = (
    "#monday #travel #music #coffee #fitness #news #food #football #nofilter #art #rain #books #jazz #chess "
    "#climate #cats #opensource #marathon #sourdough #vinyl #photography #startup #gardening #space #tokyo #oslo"
)

LANGUAGES = (
    Language(
        "english",
        0.64,
        (
            "_feel about the _thing in _place _when",
            "I _did the _adj _thing again _when _tag",
            "_who is _doing in the _place2 and it is _adj",
            "the _adj _thing and the _adj _thing2 are _adj",
            "nobody _verb _thing like _who _when _tag",
            "just _did my _num _thing in _place",
            "why does every _thing in _place _verb so _adj",
            "_thing before _thing2 and then more _thing",
            "_when the _thing _verbs and the _thing2 _verbs",
            "a _adj _thing is a _adj _thing2 _tag",
            "to the _who who _did my _thing in _place thank you",
            "_doing _thing with _who near the _place2 _when",
            "hot take: _thing _verbs when _thing2 _verbs",
            "the train to _place is _adj again _tag",
            "_who _did _num years of _thing and never _did _thing2",
            "_feel for _adj _thing2 and a _adj _place2",
            "_handle have you _did the _adj _thing in _place",
        ),
        {
            "feel": "happy sad thinking excited worried curious grateful nervous dreaming furious calm hungry ready",
            "did": "loved watched finished tried missed cooked started baked fixed lost found painted visited recorded "
            "planted returned repaired broke sold",
            "doing": "running singing reading waiting walking dancing writing coding cooking sleeping climbing swimming "
            "painting cycling skating knitting",
            "verb": "run sing love fix open stop smell sound crash work sell break shine travel vanish",
            "verbs": "runs sings loves fixes opens stops smells sounds crashes works sells breaks shines travels vanishes",
            "thing": "coffee music football rain game movie book pizza train election guitar garden dog cat phone "
            "concert marathon recipe camera bicycle museum podcast sourdough keyboard telescope "
            "violin lighthouse compass accordion sextant astrolabe theremin",
            "thing2": "tea cake weather news traffic sunshine homework laundry silence snow summer stadium library "
            "cinema bakery harbour forest breakfast deadline spreadsheet umbrella suitcase balcony kettle zeppelin",
            "adj": "good great new late old quiet broken loud cold perfect beautiful strange slow cheap tiny honest "
            "golden ridiculous delicious endless underrated luminous",
            "who": "everybody mum dad neighbour teacher driver team crowd doctor barista conductor referee librarian "
            "astronaut beekeeper",
            "place": "London Berlin Paris Oslo Tokyo Madrid Chicago Lisbon Dublin Seoul Toronto Nairobi Mumbai Bergen "
            "Tromsø Reykjavik Ljubljana Valparaíso",
            "place2": "park kitchen station office street harbour stadium library rain night market tunnel lighthouse",
            "when": "today tonight again tomorrow yesterday now finally soon later weekly forever",
            "handle": " ".join(f"@user{number}" for number in range(1, 400)),
            "num": "first second third last 10th 42nd 100th",
            "tag": TAGS,
        },
    ),
    Language(
        "german",
        0.13,
        (
            "heute wieder _thing in _place und das _thing2 war _adj",
            "wer _tut denn _thing in _place _tag",
            "_wer _tut _thing und ich _tue _thing2",
            "die _thing sind _adj aber der _thing2 ist _adj",
            "endlich _adj _thing2 am Bahnhof in _place _tag",
            "warum sind in _place alle _thing so _adj",
        ),
        {
            "thing": "Kaffee Bücher Häuser Züge Katzen Brötchen Spiele Lieder Fahrräder Wahlen Gärten Konzerte Nachrichten "
            "Schlösser Leuchttürme",
            "thing2": "Wetter Frühstück Spiel Buch Lied Konzert Regen Sommer Museum Rathaus Schloss",
            "adj": "schön neu alt laut leise kaputt teuer schöner lauter müde großartig wunderbar",
            "tut": "kauft liest hört sucht liebt spielt verpasst backt repariert",
            "tue": "kaufe lese höre suche liebe spiele verpasse backe repariere",
            "wer": "Mutter Vater Nachbar Lehrerin Freundin Trainer",
            "place": "Berlin Hamburg Köln Wien München Zürich Leipzig Bremen",
            "tag": TAGS,
        },
    ),
    Language(
        "spanish",
        0.13,
        (
            "hoy _hago _thing en _place y es _adj _tag",
            "me gustan los _thing de _place pero no la _thing2",
            "quien _hace _thing con esta _thing2 tan _adj",
            "otra vez _thing y _thing2 en _place",
            "los _thing son _adj y la _thing2 también _tag",
        ),
        {
            "thing": "libros cafés trenes gatos partidos conciertos churros museos mercados jardines faros",
            "thing2": "lluvia música noche comida guitarra playa biblioteca cocina ventana luna",
            "adj": "bueno buena nuevo vieja rápido lenta increíble bonitas tranquilo ruidosos",
            "hago": "busco canto leo cocino espero pierdo encuentro",
            "hace": "busca canta lee cocina espera pierde encuentra",
            "place": "Madrid Sevilla Lima Bogotá Valencia Quito Granada",
            "tag": TAGS,
        },
    ),
    Language(
        "french",
        0.10,
        (
            "encore des _thing à _place et la _thing2 est _adj _tag",
            "on _fait des _thing dans la _thing2 ce soir",
            "les _thing de _place sont _adj mais pas la _thing2",
            "qui _fait ces _thing _adj à _place _tag",
        ),
        {
            "thing": "livres trains chats cafés croissants concerts matchs jardins musées chansons phares",
            "thing2": "pluie musique cuisine bibliothèque gare plage lune fenêtre guitare",
            "adj": "bon bonne nouveaux vieille magnifiques bruyante lente tranquilles délicieux",
            "fait": "cherche chante lit cuisine attend trouve perd",
            "place": "Paris Lyon Lille Nantes Bruxelles Genève Marseille",
            "tag": TAGS,
        },
    ),
)
