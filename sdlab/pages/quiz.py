"""The Quiz tab: answers graded by the code that runs, progress kept in the browser."""

from __future__ import annotations

import json
from typing import Any

import reflex as rx

from sdlab.lab import Choice, Design, Question
from sdlab.lab.numbers import readable
from sdlab.live.learner import learner_in
from sdlab.live.state import RoomState, cookies_in
from sdlab.registry import design as design_of
from sdlab.rooms.happenings import Happening, happened, listeners


class QuizState(rx.State):
    """Answers given so far, by lab and question; only what was right at which try is kept."""

    kept: str = rx.LocalStorage("{}", name="sdlab_quiz")
    typed: dict[str, str] = {}

    @rx.var
    def answers(self) -> dict[str, dict[str, str]]:
        """By "lab/question": what was given, whether it is right, and for numbers the right one."""
        try:
            found = json.loads(self.kept)
        except ValueError:
            return {}
        return {str(key): _strings(value) for key, value in found.items()} if isinstance(found, dict) else {}

    @rx.event
    def answer(self, slug: str, question_id: str, given: str) -> Any:
        """Grade an answer and remember it."""
        question = _question(slug, question_id)
        if question is None or not given.strip():
            return None
        kept = dict(self.answers)
        kept[f"{slug}/{question_id}"] = {
            "given": given[:40],
            "right": "yes" if question.grade(given) else "no",
            "answer": readable(question.answer()) if question.answer else "",
        }
        self.kept = json.dumps(kept)
        return QuizState.record(slug, question_id, given) if listeners else None

    @rx.event
    async def record(self, slug: str, question_id: str, given: str) -> None:
        """Tell whoever keeps records of learning."""
        question = _question(slug, question_id)
        tab = await self.get_state(RoomState)
        room, name = await learner_in(tab.room, cookies_in(self.router.headers.raw_headers.get("cookie", "")))
        if question is not None and name:
            happened(_answered(slug, question, given[:40], room, name))

    @rx.event
    def type_number(self, key: str, text: str) -> None:
        """What stands in a number field."""
        self.typed[key] = text[:40]

    @rx.event
    def answer_number(self, slug: str, question_id: str) -> Any:
        """Grade what was typed."""
        return self.answer(slug, question_id, self.typed.get(f"{slug}/{question_id}", ""))

    @rx.event
    def forget(self, slug: str) -> None:
        """Begin this lab's quiz anew."""
        self.kept = json.dumps(
            {key: value for key, value in self.answers.items() if not key.startswith(f"{slug}/")}
        )


def _strings(value: Any) -> dict[str, str]:
    given = value if isinstance(value, dict) else {}
    return {name: str(given.get(name, ""))[:60] for name in ("given", "right", "answer")}


def _question(slug: str, question_id: str) -> Question | None:
    return next((one for one in design_of(slug).quiz if one.id == question_id), None)


def quiz(design: Design) -> rx.Component:
    """All questions of the design."""
    return rx.el.div(
        rx.el.section(
            rx.el.h2("Quiz"),
            rx.el.p(
                f"{len(design.quiz)} questions. Numbers are graded by running the lab's own code. "
                "Your answers stay in this browser. ",
                rx.el.button(
                    "Start over",
                    type="button",
                    class_name="sd-btn small",
                    on_click=QuizState.forget(design.slug),
                ),
            ),
            class_name="sd-intro",
        ),
        rx.el.ol(*[rx.el.li(_ask(design, one)) for one in design.quiz], class_name="sd-quizlist"),
        class_name="sd-quiz",
    )


def _ask(design: Design, question: Question) -> rx.Component:
    key = f"{design.slug}/{question.id}"
    mine = QuizState.answers[key]
    answered = QuizState.answers.contains(key)
    right = answered & (mine["right"] == "yes")
    body = (
        _number(design, question, key)
        if question.answer
        else _choices(design, question, answered, mine["given"])
    )
    return rx.el.fieldset(
        rx.el.legend(question.text),
        body,
        rx.el.div(
            rx.cond(
                answered,
                rx.el.div(
                    rx.el.p(
                        rx.cond(right, "✓ Right. ", "✕ Not quite. "),
                        _true_number(question, mine),
                        question.explanation,
                    ),
                    class_name="sd-graded",
                    custom_attrs={"data-tone": rx.cond(right, "ok", "error")},
                ),
            ),
            role="status",
        ),
        class_name="sd-card sd-question",
    )


def _true_number(question: Question, mine: Any) -> rx.Component:
    if question.answer is None:
        return rx.fragment()
    return rx.el.b("The code says ", mine["answer"], f" {question.unit}. ".replace(" .", "."))


def _answered(slug: str, question: Question, given: str, room: str, name: str) -> Happening:
    return Happening(
        "answered",
        room,
        slug,
        name,
        "number" if question.answer else "choice",
        subject=f"quiz/{question.id}",
        title=question.text,
        options=tuple(one.text for one in question.choices),
        response=given,
        success=question.grade(given),
    )


def _choices(design: Design, question: Question, answered: Any, given: Any) -> rx.Component:
    return rx.el.div(
        *[
            _choice(design, question, index, one, chosen=answered & (given == str(index)))
            for index, one in enumerate(question.choices)
        ],
        class_name="sd-choices",
    )


def _choice(design: Design, question: Question, index: int, choice: Choice, *, chosen: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name=f"{design.slug}-{question.id}",
            checked=chosen,
            on_change=QuizState.answer(design.slug, question.id, str(index)),
        ),
        rx.el.span(
            choice.text,
            rx.cond(chosen, rx.el.em(choice.because)),
        ),
    )


def _number(design: Design, question: Question, key: str) -> rx.Component:
    return rx.el.form(
        rx.el.input(
            type="text",
            input_mode="decimal",
            class_name="sd-num",
            aria_label=f"{question.text} Your answer in {question.unit}" if question.unit else question.text,
            value=rx.cond(QuizState.typed.contains(key), QuizState.typed[key], "").to(str),
            on_change=lambda text: QuizState.type_number(key, text),
        ),
        rx.el.small(question.unit),
        rx.el.button("Check", type="submit", class_name="sd-btn"),
        on_submit=QuizState.answer_number(design.slug, question.id).prevent_default,
        class_name="sd-withunit",
    )
