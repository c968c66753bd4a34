"""Generated texts in several languages: sentences of common words, the same for the same seed."""

from __future__ import annotations

from random import Random

WORDS = {
    "en": "harbour lantern river orchard winter market letter garden bridge clock window captain village stone paper "
    "music bread silver morning traveller island tower forest road",
    "de": "Hafen Laterne Fluss Obstgarten Winter Markt Brief Garten Brücke Uhr Fenster Kapitän Dorf Stein Papier Musik "
    "Brot Silber Morgen Straße Insel Turm Wälder Grüße",
    "fr": "port lanterne rivière verger hiver marché lettre jardin pont horloge fenêtre capitaine village pierre papier "
    "musique pain argent matinée voyageur île tour forêt été",
    "es": "puerto farol río huerto invierno mercado carta jardín puente reloj ventana capitán pueblo piedra papel música "
    "pan plata mañana viajero isla torre bosque camino",
    "pt": "porto lanterna rio pomar inverno mercado carta jardim ponte relógio janela capitão aldeia pedra papel música "
    "pão prata manhã viajante ilha torre floresta estrada",
    "pl": "port latarnia rzeka sad zima targ list ogród most zegar okno kapitan wieś kamień papier muzyka chleb srebro "
    "poranek podróżny wyspa wieża las łódź",
    "tr": "liman fener nehir bahçe kış pazar mektup köprü saat pencere kaptan köy taş kağıt müzik ekmek gümüş sabah "
    "yolcu ada kule orman yol güneş",
    "ru": "гавань фонарь река сад зима рынок письмо мост часы окно капитан деревня камень бумага музыка хлеб серебро "
    "утро путник остров башня лес дорога берег",
    "el": "λιμάνι φανάρι ποτάμι κήπος χειμώνας αγορά γράμμα γέφυρα ρολόι παράθυρο καπετάνιος χωριό πέτρα χαρτί μουσική "
    "ψωμί ασήμι πρωί ταξιδιώτης νησί πύργος δάσος δρόμος θάλασσα",
    "ja": "港 灯台 川 果樹園 冬 市場 手紙 庭 橋 時計 窓 船長 村 石 紙 音楽 パン 銀 朝 旅人 島 塔 森 道",
    "ar": "ميناء فانوس نهر بستان شتاء سوق رسالة حديقة جسر ساعة نافذة قبطان قرية حجر ورق موسيقى خبز فضة صباح مسافر جزيرة "
    "برج غابة طريق",
    "zh": "港口 灯笼 河流 果园 冬天 市场 信件 花园 桥梁 时钟 窗户 船长 村庄 石头 纸张 音乐 面包 白银 早晨 旅人 岛屿 高塔",
}  # fmt: skip
JOINED = frozenset({"ja", "zh"})
STOPS = {"ja": "。", "zh": "。", "ar": "."}


def sentence(rng: Random, language: str, words: int) -> str:
    """That many words of the language, with a stop at the end."""
    chosen = [rng.choice(_LISTS[language]) for _ in range(words)]
    text = ("" if language in JOINED else " ").join(chosen)
    return text[:1].upper() + text[1:] + STOPS.get(language, ".")


def title(rng: Random, language: str) -> str:
    """Two or three words."""
    return sentence(rng, language, rng.randrange(2, 4))[:-1]


def paragraphs(rng: Random, language: str, count: int) -> list[str]:
    """That many paragraphs of four sentences."""
    space = "" if language in JOINED else " "
    return [space.join(sentence(rng, language, rng.randrange(6, 12)) for _ in range(4)) for _ in range(count)]


_LISTS = {language: words.split() for language, words in WORDS.items()}
