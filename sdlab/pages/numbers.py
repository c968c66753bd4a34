"""The Numbers tab: the estimate as a calculator, and what this machine measured against it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

import reflex as rx

from sdlab.lab import Assumption, Design, Invalid, LabError, Result
from sdlab.lab.numbers import readable
from sdlab.live.state import RoomState
from sdlab.registry import design as design_of

LONGEST_PRICE, DEAREST = 12, 1e9


@dataclass
class Row:
    """A result, ready to show."""

    label: str = ""
    shown: str = ""
    formula: str = ""
    correction: str = ""


@dataclass
class MeasuredRow:
    """What was measured, and how many such machines the estimate needs."""

    label: str = ""
    shown: str = ""
    needs: str = ""
    machines: str = ""
    count: float = 0.0
    cost: str = ""


class NumbersState(RoomState):
    """What the visitor assumed, of the lab whose numbers were changed last."""

    slug: str = ""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    results: list[Row] = []
    measured_slug: str = ""
    measured: list[MeasuredRow] = []
    price: str = rx.LocalStorage("", name="sdlab_price")

    @rx.event
    def assume(self, slug: str, assumption: str, text: str) -> None:
        """Change one assumption and compute again; a bad value is said beside its field."""
        if slug != self.slug:
            self.reset_numbers(slug)
        self.values[assumption] = text
        self.errors.pop(assumption, None)
        try:
            self.results = rows(design_of(slug), _numbers(self.values))
        except Invalid as error:
            self.errors[str(error.extra.get("field", assumption))] = error.detail

    @rx.event
    def back_to_defaults(self, slug: str) -> None:
        """Forget all changes."""
        self.reset_numbers(slug)
        self.results = rows(design_of(slug), {})

    def reset_numbers(self, slug: str) -> None:
        """Begin with that lab's own assumptions."""
        design = design_of(slug)
        self.slug, self.errors = slug, {}
        self.values = {one.id: _typed(one.default) for one in design.estimate.assumptions}

    @rx.event
    async def measure(self, slug: str) -> None:
        """Read the rates off the lab running in this room."""
        design = design_of(slug)
        try:
            snapshot = asdict(await (await self.running(slug, acts="look")).look())
        except LabError as error:
            self.notice = error.detail
            return
        values = _numbers(self.values) if slug == self.slug and not self.errors else {}
        needs = {one.id: one for one in design.estimate.compute(values)}
        self.measured_slug = slug
        self.measured = [
            priced(_measured(one.label, one.unit, one.read(snapshot), needs[one.needs]), self.price)
            for one in design.estimate.measured
        ]

    @rx.event
    def set_price(self, text: str) -> None:
        """What one such machine costs the visitor per month; whatever currency."""
        self.price = text[:LONGEST_PRICE]
        self.measured = [priced(one, self.price) for one in self.measured]


def _numbers(values: dict[str, str]) -> dict[str, float]:
    numbers = {}
    for key, text in values.items():
        try:
            numbers[key] = float(text.replace(",", "").replace("_", ""))
        except ValueError:
            raise Invalid("a number is needed", field=key) from None
    return numbers


def _typed(value: float) -> str:
    return f"{value:,.12g}"


def rows(design: Design, values: dict[str, float]) -> list[Row]:
    """The results of these assumptions over the defaults."""
    return [_row(one) for one in design.estimate.compute(values)]


def _row(result: Result) -> Row:
    return Row(result.label, result.shown, result.formula, result.correction)


def _measured(label: str, unit: str, rate: float, need: Result) -> MeasuredRow:
    count = float(math.ceil(need.value / rate)) if rate > 0 and math.isfinite(need.value) else 0.0
    return MeasuredRow(
        label=label,
        shown=f"{readable(rate)} {unit}" if rate > 0 else "nothing yet: start some traffic",
        needs=f"{need.label}: {need.shown}",
        machines=readable(max(1.0, count)) if count else "–",
        count=max(1.0, count) if count else 0.0,
    )


def priced(row: MeasuredRow, price: str) -> MeasuredRow:
    """With what so many machines cost per month; nothing without a price or a measured rate."""
    try:
        each = float(price.replace(",", "").replace("_", ""))
    except ValueError:
        each = 0.0
    known = row.count > 0 and 0 < each < DEAREST
    return replace(row, cost=f"{readable(row.count * each)} per month" if known else "–")


def numbers(design: Design) -> rx.Component:
    """The calculator of that design."""
    return rx.el.div(
        _assumptions(design),
        rx.el.div(_results(design), _measurements(design), class_name="sd-stack"),
        class_name="sd-numbers",
    )


def _assumptions(design: Design) -> rx.Component:
    return rx.el.section(
        rx.el.header(
            rx.el.h2("Assumptions"),
            rx.el.button(
                "Defaults",
                type="button",
                class_name="sd-btn small",
                on_click=NumbersState.back_to_defaults(design.slug),
            ),
        ),
        *[_assumption(design, one) for one in design.estimate.assumptions],
        class_name="sd-card sd-assume",
    )


def _assumption(design: Design, one: Assumption) -> rx.Component:
    field, default = f"assume-{one.id}", _typed(one.default)
    error = rx.cond(NumbersState.slug == design.slug, NumbersState.errors.get(one.id, ""), "")
    return rx.el.div(
        rx.el.label(one.label, html_for=field),
        rx.el.div(
            rx.el.input(
                id=field,
                type="text",
                input_mode="decimal",
                class_name="sd-num",
                value=rx.cond(
                    NumbersState.slug == design.slug, NumbersState.values.get(one.id, default), default
                ).to(str),
                on_change=lambda text: NumbersState.assume(design.slug, one.id, text),
                aria_describedby=f"{field}-note",
                aria_invalid=error != "",
            ),
            rx.el.small(one.unit),
            class_name="sd-withunit",
        ),
        rx.el.p(
            rx.cond(error != "", rx.el.span(error, class_name="sd-fielderror"), one.note),
            id=f"{field}-note",
            class_name="sd-hint",
        ),
        class_name="sd-assumption",
    )


def _results(design: Design) -> rx.Component:
    columns = ("Result", "Value", "How")
    return rx.el.section(
        rx.el.header(rx.el.h2("What follows")),
        rx.el.div(
            rx.el.table(
                rx.el.caption("Results of the estimate", class_name="sd-sr"),
                rx.el.thead(rx.el.tr(*[rx.el.th(one, scope="col") for one in columns])),
                rx.el.tbody(
                    rx.cond(
                        NumbersState.slug == design.slug,
                        rx.foreach(NumbersState.results, _result_row),
                        rx.fragment(*[_plain_row(one) for one in rows(design, {})]),
                    )
                ),
                class_name="sd-table sd-results",
            ),
            class_name="sd-scroll",
            role="region",
            aria_label="Results",
            tab_index=0,
        ),
        class_name="sd-card sd-pad",
        custom_attrs={"aria-live": "polite"},
    )


def _result_row(row: rx.Var[Row]) -> rx.Component:
    return _cells(
        row.label,
        row.shown,
        row.formula,
        rx.cond(row.correction != "", rx.el.p(row.correction, class_name="sd-correction")),
    )


def _plain_row(row: Row) -> rx.Component:
    correction = rx.el.p(row.correction, class_name="sd-correction") if row.correction else rx.fragment()
    return _cells(row.label, row.shown, row.formula, correction)


def _cells(label: object, shown: object, formula: object, correction: rx.Component) -> rx.Component:
    return rx.el.tr(
        rx.el.th(label, scope="row"),
        rx.el.td(shown, class_name="sd-value"),
        rx.el.td(rx.el.code(formula), correction),
    )


def _measurements(design: Design) -> rx.Component:
    if not design.estimate.measured:
        return rx.fragment()
    return rx.el.section(
        rx.el.header(
            rx.el.h2("What this machine does"),
            rx.el.button(
                "Measure now",
                type="button",
                class_name="sd-btn small",
                on_click=NumbersState.measure(design.slug),
            ),
        ),
        rx.cond(
            NumbersState.measured_slug == design.slug,
            rx.fragment(
                _price(design),
                rx.el.dl(rx.foreach(NumbersState.measured, _measured_row), class_name="sd-measured"),
            ),
            rx.el.p(
                "Start some traffic in the Lab tab, then measure: the rate seen in your room, and how many such "
                "machines the estimate would need.",
                class_name="sd-empty",
            ),
        ),
        class_name="sd-card sd-pad",
    )


def _price(design: Design) -> rx.Component:
    field = f"price-{design.slug}"
    return rx.el.div(
        rx.el.label("One machine like this costs you", html_for=field),
        rx.el.input(
            id=field,
            type="text",
            input_mode="decimal",
            class_name="sd-num",
            value=NumbersState.price,
            placeholder="your price",
            on_change=NumbersState.set_price,
        ),
        rx.el.small("per month"),
        class_name="sd-withunit sd-price",
    )


def _measured_row(row: rx.Var[MeasuredRow]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(row.label),
        rx.el.dd(rx.el.b(row.shown)),
        rx.el.dd(row.needs),
        rx.el.dd("machines like this one: ", rx.el.b(row.machines)),
        rx.el.dd("all of them: ", rx.el.b(row.cost)),
    )
