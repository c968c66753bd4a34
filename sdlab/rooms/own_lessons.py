"""A lesson of one's own: steps taken from labs' lessons or recorded in a room, as plain data that is checked
against the labs. Each step becomes a beat of a lesson of its lab, so that it is played like every other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from sdlab import registry
from sdlab.lab import Design, Invalid, LabError
from sdlab.lab.lesson import LONGEST_WAIT, Ask, Beat, Do, Expect, Lesson, Setting
from sdlab.lab.scenario import MAX_FAULTS, TABS, Fault, Scenario
from sdlab.lab.snapshot import LabSnapshot
from sdlab.lab.text import TextRule
from sdlab.rooms.wanted_predictions import (
    CHANGE,
    KINDS,
    MAX_FIGURE,
    USUAL_SECONDS,
    Ahead,
    Wanted,
    may_be,
)
from sdlab.rooms.wanted_predictions import (
    LONGEST as LONGEST_RUN,
)
from sdlab.rooms.wanted_predictions import (
    SHORTEST as SHORTEST_RUN,
)
from sdlab.settings import settings

MOST_STEPS = 30
FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
SHORTEST, LONGEST = 0.5, 60.0  # minutes that a step takes
USUAL_MINUTES = 2.0
SHORTEST_WAIT = 1.0
USUAL_WAIT = 10.0
MOST_ERRORS = 50
TITLE, NAME = TextRule("title", 120), TextRule("title", 80)
SAY = TextRule("text", 4000, minimum=0, lines=True)
QUESTION, OPTION = TextRule("question", 300), TextRule("option", 120)
BECAUSE = TextRule("explanation", 600, minimum=0, lines=True)
OF_THE_LESSON = frozenset({"sdlab", "version", "title", "steps"})
OF_EVERY_STEP = frozenset({"lab", "skip", "title", "say", "minutes", "ask", "expect", "predict"})
OF_A_TAKEN_STEP = OF_EVERY_STEP | {"beat"}
OF_A_RECORDED_STEP = OF_EVERY_STEP | {
    *("toggles", "knobs", "workload", "rate", "faults", "restart", "tab", "spotlight")
}
VERSION = 1
T = TypeVar("T")
PATH = "path"  # the path of requests, which every lab's page has


@dataclass(frozen=True, slots=True)
class Step:
    """A step that can be taught: beat `at` (from 1) of `lesson`, which its lab plays.

    `number` (from 1) is its place in what is taught. `taken` is the beat of the lab's own lesson that it
    is; 0 for a recorded one. `own_words` when its text is no longer the lab's. `predict` is what the class
    may be asked to predict before it.
    """

    number: int
    lab: str
    lesson: Lesson
    at: int
    taken: int = 0
    own_words: bool = False
    predict: Ahead | None = None

    @property
    def beat(self) -> Beat:
        """What is said, set, asked and expected."""
        return self.lesson.beat(self.at)

    @property
    def setting(self) -> Setting:
        """What is in force once it has run."""
        return self.lesson.setting(self.at)


@dataclass(frozen=True, slots=True)
class OwnLesson:
    """A lesson that was found to be right. `data` is what it was read from; `places` are the places of the
    steps in it (from 1), skipped ones counted."""

    title: str
    steps: tuple[Step, ...]
    places: tuple[int, ...]
    data: Mapping[str, Any] = field(repr=False)

    @property
    def mark(self) -> str:
        """The same for the same lesson, whichever class is taught it."""
        written = json.dumps(self.data, sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong: in which step (from 1, skipped ones counted; 0 for the lesson itself), in which field."""

    step: int
    field: str
    detail: str

    def __str__(self) -> str:
        return (
            f"step {self.step}, {self.field}: {self.detail}" if self.step else f"{self.field}: {self.detail}"
        )


class BadLesson(Invalid):
    """No lesson: `errors` in the problem document has all that is wrong, `field` the first place."""

    def __init__(self, wrong: list[Wrong]) -> None:
        first = wrong[0]
        super().__init__(str(first), field=f"steps.{first.step}.{first.field}" if first.step else first.field)
        self.wrong = tuple(wrong)
        self.extra["errors"] = [asdict(one) for one in wrong[:MOST_ERRORS]]


def lab_steps(slug: str) -> tuple[Step, ...]:
    """The lab's own lesson, as what is taught; nothing when it has none."""
    lesson = registry.design(slug).lesson
    numbers = range(1, len(lesson.beats) + 1) if lesson else ()
    return tuple(Step(number, slug, lesson, number, taken=number) for number in numbers) if lesson else ()


def taken_from(slug: str) -> dict[str, Any]:
    """The lab's own lesson as a lesson of one's own: where a teacher begins. `NotFound` for an unknown lab."""
    design = registry.design(slug)
    steps = [{"lab": slug, "beat": one.number} for one in lab_steps(slug)]
    return {"sdlab": "lesson", "version": VERSION, "title": design.title, "steps": steps}


def spotlights(design: Design) -> frozenset[str]:
    """Panels that a step may put a light on: those that the lab's switches, lesson and concepts name."""
    named = {one for toggle in design.toggles for one in toggle.panels}
    named |= {one.spotlight for one in (design.lesson.beats if design.lesson else ())}
    named |= {one.panel for one in design.concepts}
    return frozenset(named - {""} | {PATH})


def again_query(step: Step) -> str:
    """Of an address at which anybody plays the step again: a beat of the lab's lesson, or what was recorded."""
    if step.taken:
        return f"beat={step.taken}"
    design, setting = registry.design(step.lab), step.setting
    config = design.changed(design.config(), setting.toggles, setting.knobs)
    usual = design.config()
    return Scenario(
        lab=step.lab,
        toggles={
            one.id: getattr(config, one.id) for one in design.toggles if _differs(config, usual, one.id)
        },
        knobs={one.id: getattr(config, one.id) for one in design.knobs if _differs(config, usual, one.id)},
        workload=setting.workload,
        rate=setting.rate,
        faults=setting.faults,
        tab=step.beat.tab,
    ).to_query()


def _differs(one: Any, other: Any, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def read_lesson(data: Any) -> OwnLesson:
    """The lesson in plain data. `BadLesson` names every step and field that is wrong."""
    reader = _Reader()
    lesson = reader.lesson(data)
    if reader.wrong or lesson is None:
        raise BadLesson(reader.wrong)
    return lesson


@dataclass(frozen=True, slots=True)
class _Draft:
    """A step as it was read. `setting` is that of a recorded one."""

    place: int
    design: Design
    beat: Beat
    skip: bool
    taken: int = 0
    own_words: bool = False
    setting: Setting = Setting()
    predict: Ahead | None = None


class _Reader:
    """Reads value by value, goes on after a wrong one, and notes each."""

    def __init__(self) -> None:
        self.wrong: list[Wrong] = []
        self._step = 0

    def lesson(self, data: Any) -> OwnLesson | None:
        if not isinstance(data, Mapping) or data.get("sdlab", "lesson") != "lesson":
            return self._no("lesson", "that is no lesson of sdlab", None)
        if data.get("version", VERSION) != VERSION:
            return self._no("version", f"this server reads version {VERSION}", None)
        self._known(data, OF_THE_LESSON)
        title = self._text(data, "title", TITLE, None)
        steps = data.get("steps")
        if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
            return self._no("steps", f"a lesson has 1 to {MOST_STEPS} steps", None)
        drafts = []
        for self._step, one in enumerate(steps, start=1):
            drafts.append(self._draft(one))
        self._step = 0
        taught = [one for one in drafts if one and not one.skip]
        if not taught and not self.wrong:
            return self._no("steps", "all steps are skipped", None)
        places = tuple(one.place for one in taught)
        return None if self.wrong else OwnLesson(title, _compiled(taught), places, data)

    def _no(self, field: str, detail: str, otherwise: T) -> T:
        """Note it, and go on with something else."""
        self.wrong.append(Wrong(self._step, _writable(field), _writable(detail)))
        return otherwise

    def _try(self, field: str, read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except LabError as error:
            self._no(field, error.detail, None)
            return otherwise

    def _known(self, data: Mapping[str, Any], known: Iterable[str]) -> None:
        for name in data:
            if name not in known:
                self._no(str(name)[:40], "there is no such field here", None)

    # Steps

    def _draft(self, data: Any) -> _Draft | None:
        if not isinstance(data, Mapping):
            return self._no("step", "a step is an object", None)
        slug = data.get("lab")
        design = self._try("lab", lambda: registry.design(str(slug)[:64]), None)
        if design is None:
            return None
        skip = self._flag(data, "skip")
        read = self._recorded if data.get("beat") is None else self._taken
        draft = read(data, design, skip)
        return replace(draft, predict=self._predict(data, design)) if draft else None

    def _taken(self, data: Mapping[str, Any], design: Design, skip: bool) -> _Draft | None:
        self._known(data, OF_A_TAKEN_STEP)
        number, most = data["beat"], len(design.lesson.beats) if design.lesson else 0
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
            return self._no("beat", f"the lesson of {design.title} has the beats 1 to {most}", None)
        assert design.lesson is not None  # it has beats
        theirs = design.lesson.beat(number)
        ours = self._words(data, design, theirs)
        said = (ours.title, ours.say) != (theirs.title, theirs.say)
        return _Draft(self._step, design, ours, skip, taken=number, own_words=said)

    def _recorded(self, data: Mapping[str, Any], design: Design, skip: bool) -> _Draft:
        self._known(data, {*OF_A_RECORDED_STEP, "beat"})
        setting = self._setting(data, design)
        tab = data.get("tab", "lab")
        if tab not in TABS:
            tab = self._no("tab", f"tab is one of {', '.join(TABS)}", "lab")
        spotlight = data.get("spotlight", "")
        if spotlight != "" and str(spotlight) not in spotlights(design):
            known = ", ".join(sorted(spotlights(design)))
            self._no("spotlight", f"there is no such panel in {design.title}; there are {known}", None)
        do = Do(restart=self._flag(data, "restart"))
        plain = Beat("", "", USUAL_MINUTES, do, tab=str(tab), spotlight=str(spotlight))
        beat = self._words(data, design, plain)
        return _Draft(self._step, design, beat, skip, setting=setting)

    def _words(self, data: Mapping[str, Any], design: Design, beat: Beat) -> Beat:
        """The beat with what the step says instead."""
        return replace(
            beat,
            title=self._text(data, "title", NAME, beat.title or None),
            say=self._text(data, "say", SAY, beat.say),
            minutes=self._number(data, "minutes", beat.minutes, SHORTEST, LONGEST),
            ask=self._ask(data["ask"]) if "ask" in data else beat.ask,
            expect=self._expect(data["expect"], design) if "expect" in data else beat.expect,
        )

    def _ask(self, data: Any) -> Ask | None:
        if data is None:
            return None
        if not isinstance(data, Mapping):
            return self._no("ask", "a question is an object, or null for none", None)
        self._known(data, ("question", "options", "right", "because"))
        options = data.get("options")
        if not isinstance(options, list) or not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
            return self._no("ask.options", f"a question has {FEWEST_OPTIONS} to {MOST_OPTIONS} options", None)
        texts = tuple(
            self._text({"it": one}, "it", OPTION, None, said=f"ask.options.{number}")
            for number, one in enumerate(options, start=1)
        )
        if len(set(texts)) < len(texts):
            self._no("ask.options", "two options are the same", None)
        right = data.get("right")
        if not isinstance(right, int) or isinstance(right, bool) or not 0 <= right < len(options):
            right = self._no("ask.right", f"the right answer is from 0 to {len(options) - 1}", 0)
        question = self._text(data, "question", QUESTION, None, said="ask.question")
        return Ask(question, texts, right, self._text(data, "because", BECAUSE, "", said="ask.because"))

    def _expect(self, data: Any, design: Design) -> Expect | None:
        if data is None:
            return None
        if not isinstance(data, Mapping):
            return self._no("expect", "an expectation is an object, or null for none", None)
        self._known(data, ("claim", "broken", "seconds"))
        claims = {one.id: one for one in design.engine.claims}
        claim = claims.get(str(data.get("claim")))
        broken = self._flag(data, "broken", said="expect.broken")
        seconds = self._number(
            data, "seconds", USUAL_WAIT, SHORTEST_WAIT, LONGEST_WAIT, said="expect.seconds"
        )
        if claim is None:
            return self._no("expect.claim", f"a claim of {design.title} is one of {', '.join(claims)}", None)
        if broken:
            return Expect(f"“{claim.text}” is broken", lambda seen: _broken(seen, claim.id), seconds)
        return Expect(f"“{claim.text}” holds", lambda seen: _holds(seen, claim.id), seconds)

    def _predict(self, data: Mapping[str, Any], design: Design) -> Ahead | None:
        asked = data.get("predict")
        if asked is None:
            return None
        if not isinstance(asked, Mapping):
            return self._no("predict", "a prediction is an object, or null for none", None)
        self._known(asked, ("figure", "kind", "seconds", "change"))
        figure, kind = asked.get("figure"), asked.get("kind", KINDS[0])
        if not isinstance(figure, str) or len(figure) > MAX_FIGURE or not may_be(design, figure):
            return self._no("predict.figure", f"{design.title} measures no such figure", None)
        if kind not in KINDS:
            return self._no("predict.kind", f"kind is one of {', '.join(KINDS)}", None)
        seconds = self._number(
            asked, "seconds", USUAL_SECONDS, SHORTEST_RUN, LONGEST_RUN, said="predict.seconds"
        )
        change = self._text(asked, "change", CHANGE, "", said="predict.change")
        return Ahead(figure, Wanted(kind, seconds, change))

    # What a recorded step sets

    def _setting(self, data: Mapping[str, Any], design: Design) -> Setting:
        toggles = self._answers(data, "toggles", design)
        knobs = self._answers(data, "knobs", design)
        workload, rate = self._traffic(data, design)
        return Setting(toggles, knobs, workload, rate, self._faults(data, design, toggles, knobs))

    def _answers(self, data: Mapping[str, Any], name: str, design: Design) -> dict[str, Any]:
        given = data.get(name, {})
        if not isinstance(given, Mapping):
            return self._no(name, "that is an object", {})
        kept: dict[str, Any] = {}
        for key, value in given.items():
            change = {str(key): value}
            toggles, knobs = (change, {}) if name == "toggles" else ({}, change)
            change_one = partial(design.changed, design.config(), toggles, knobs)
            config = self._try(f"{name}.{str(key)[:40]}", change_one, None)
            if config is not None:
                kept[str(key)] = getattr(config, str(key))
        return kept

    def _traffic(self, data: Mapping[str, Any], design: Design) -> tuple[str, float]:
        name = data.get("workload", "")
        if name == "":
            return "", 0.0
        workload = self._try("workload", lambda: design.workload(str(name)[:64]), None)
        if workload is None:
            return "", 0.0
        most = min(workload.maximum, settings().workload_rate)
        return workload.id, self._number(data, "rate", 0.0, 0.0, most)

    def _faults(
        self, data: Mapping[str, Any], design: Design, toggles: Mapping[str, Any], knobs: Mapping[str, Any]
    ) -> tuple[Fault, ...]:
        given = data.get("faults", [])
        if not isinstance(given, list) or len(given) > MAX_FAULTS:
            return self._no("faults", f"that is a list of at most {MAX_FAULTS}", ())
        nodes = {one.id: one for one in design.engine.plan(design.changed(design.config(), toggles, knobs))}
        kept: list[Fault] = []
        for number, one in enumerate(given, start=1):
            fault = one if isinstance(one, Mapping) else {}
            node, value = nodes.get(str(fault.get("node"))), fault.get("value")
            kind = (
                next((spec for spec in node.faults if spec.kind == fault.get("kind")), None) if node else None
            )
            if node is None or kind is None:
                kinds = ", ".join(spec.kind for spec in node.faults) if node else ""
                known = f"{node.label} can be: {kinds}" if node else f"the parts are {', '.join(nodes)}"
                self._no(f"faults.{number}", f"there is no such fault; {known}", None)
            elif value is not None and not _amount(value, kind.minimum, kind.maximum):
                self._no(
                    f"faults.{number}",
                    f"{kind.kind} is from {kind.minimum:g} to {kind.maximum:g} {kind.unit}",
                    None,
                )
            else:
                kept.append(Fault(node.id, kind.kind, value))
        return tuple(kept)

    # Plain values

    def _text(
        self, data: Mapping[str, Any], name: str, rule: TextRule, default: str | None, *, said: str = ""
    ) -> str:
        value = data.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            return (
                self._no(
                    said or name, f"the {rule.name} is missing" if value is None else "that is a text", None
                )
                or ""
            )
        return str(self._try(said or name, lambda: rule.check(value), ""))

    def _number(
        self, data: Mapping[str, Any], name: str, default: float, low: float, high: float, *, said: str = ""
    ) -> float:
        value = data.get(name)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        return self._no(said or name, f"that is a number from {low:g} to {high:g}", default)

    def _flag(self, data: Mapping[str, Any], name: str, *, said: str = "") -> bool:
        value = data.get(name, False)
        if not isinstance(value, bool):
            self._no(said or name, "that is true or false", None)
        return value is True


def _writable(text: str) -> str:
    """Without half characters, which no answer can carry."""
    return text.encode(errors="replace").decode()


def _amount(value: Any, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low <= value <= high if high else value >= 0


def _broken(seen: LabSnapshot, claim: str) -> bool:
    return any(one.violations > 0 for one in seen.invariants if one.id == claim)


def _holds(seen: LabSnapshot, claim: str) -> bool:
    """It was checked, and was never broken or holds again since."""
    return any(one.checked > 0 and (one.holds or one.again) for one in seen.invariants if one.id == claim)


# From drafts to steps


def _compiled(drafts: list[_Draft]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for number, one in enumerate(drafts, start=1):
        before = next((step for step in reversed(steps) if step.lab == one.design.slug), None)
        step = _taken(one, number) if one.taken else _recorded(one, number, before)
        steps.append(replace(step, predict=one.predict))
    return tuple(steps)


def _taken(draft: _Draft, number: int) -> Step:
    """A beat of the lab's own lesson, with all that the beats before it there have set."""
    assert draft.design.lesson is not None
    beats = list(draft.design.lesson.beats)
    beats[draft.taken - 1] = draft.beat
    slug, lesson = draft.design.slug, Lesson(tuple(beats))
    return Step(number, slug, lesson, draft.taken, taken=draft.taken, own_words=draft.own_words)


def _recorded(draft: _Draft, number: int, before: Step | None) -> Step:
    """What was recorded, as the change that it is to the step before it in the same lab."""
    left = before.setting if before else Setting()
    first = Beat(
        "Before",
        "Before",
        USUAL_MINUTES,
        Do(left.toggles, left.knobs, left.workload, left.rate, left.faults),
    )
    do = _change(draft.design, left, draft.setting, restart=draft.beat.do.restart)
    return Step(number, draft.design.slug, Lesson((first, replace(draft.beat, do=do))), 2)


def _change(design: Design, before: Setting, wanted: Setting, *, restart: bool) -> Do:
    was = design.changed(design.config(), before.toggles, before.knobs)
    now = design.changed(design.config(), wanted.toggles, wanted.knobs)
    same_traffic = (before.workload, before.rate) == (wanted.workload, wanted.rate)
    mend = not set(before.faults) <= set(wanted.faults)
    stays = () if mend or restart else before.faults
    return Do(
        toggles={one.id: getattr(now, one.id) for one in design.toggles if _differs(was, now, one.id)},
        knobs={one.id: getattr(now, one.id) for one in design.knobs if _differs(was, now, one.id)},
        workload=None if same_traffic else wanted.workload,
        rate=0.0 if same_traffic else wanted.rate,
        faults=tuple(one for one in wanted.faults if one not in stays),
        mend=mend,
        restart=restart,
    )
