"""The endpoints of stock alerts: set, list, arm again, take back; the feed's ticks; notifications as they come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.requests import Request
from starlette.responses import StreamingResponse

from designs.stock_alerts.api.schemas import (
    AcceptedOut,
    AlertOut,
    NewAlert,
    NewTicks,
    NotificationOut,
    Rearm,
    StocksOut,
    accepted_out,
    alert_out,
    notification_out,
    stock_out,
)
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.inbox import Notification
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.http import ActingUser, EngineOf, LabOf, engine_in
from sdlab.rooms.lab import RunningLab

SLUG = "stock-alerts"
PAGE = 20
ALERTS_CURSOR = CursorKey("stock-alerts alerts", int)
INBOX_CURSOR = CursorKey("stock-alerts inbox", str)
RESET = encode({"reason": "that event is not known any more: read your notifications anew"}, event="reset")

EngineHere = Annotated[StockAlerts, EngineOf(SLUG, StockAlerts)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]
AlertId = Annotated[int, Path(ge=1, le=2**53, examples=[2001])]


def router() -> APIRouter:
    """Everything below `/api/stock-alerts`."""
    routes = APIRouter()
    _alerts(routes)
    _market(routes)
    _notifications(routes)
    return routes


def _alerts(routes: APIRouter) -> None:
    @routes.post(
        "/stocks/alert",
        summary="Set an alert",
        status_code=201,
        response_model=AlertOut,
        responses=documented(409),
    )
    async def place(
        engine: EngineHere, user: ActingUser, body: NewAlert, idempotency_key: IdempotencyKey = None
    ) -> AlertOut:
        """422 for an unknown stock, an alert that is met already, or more of them than a user may have."""
        placed = await engine.set_alert(body.stock, body.request(), key=idempotency_key)
        return alert_out(placed.stored)

    @routes.get("/alerts", summary="My alerts", response_model=Page[AlertOut], responses=documented())
    async def mine(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[AlertOut]:
        """The newest first."""
        below = ALERTS_CURSOR.decode(cursor)[0] if cursor else None
        rows = await engine.my_alerts(below=below, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=ALERTS_CURSOR, key=lambda one: (one.id,), item=alert_out)

    @routes.get(
        "/alerts/{alert_id}", summary="One of my alerts", response_model=AlertOut, responses=documented()
    )
    async def one(engine: EngineHere, user: ActingUser, alert_id: AlertId) -> AlertOut:
        """404 for somebody else's."""
        return alert_out(await engine.alert(alert_id))

    @routes.post(
        "/alerts/{alert_id}/arm", summary="Arm it again", response_model=AlertOut, responses=documented(409)
    )
    async def arm(engine: EngineHere, user: ActingUser, alert_id: AlertId, body: Rearm) -> AlertOut:
        """As before, or at another price. 409 when it is in force as it is; 422 when it is met already."""
        placed = await engine.rearm(alert_id, price=body.cents)
        return alert_out(placed.stored)

    @routes.delete(
        "/alerts/{alert_id}", summary="Take an alert back", status_code=204, responses=documented()
    )
    async def delete(engine: EngineHere, user: ActingUser, alert_id: AlertId) -> None:
        """404 for somebody else's."""
        await engine.delete(alert_id)


def _market(routes: APIRouter) -> None:
    @routes.get(
        "/stocks", summary="All stocks with their prices", response_model=StocksOut, responses=documented()
    )
    async def stocks(engine: EngineHere, user: ActingUser) -> StocksOut:
        """As the feed told them last."""
        return StocksOut(items=[stock_out(one) for one in await engine.quotes()])

    @routes.post(
        "/ticks",
        summary="Ticks of the feed",
        status_code=202,
        response_model=AcceptedOut,
        responses=documented(),
    )
    async def ticks(engine: EngineHere, user: ActingUser, body: NewTicks) -> AcceptedOut:
        """Up to 500 at once. A number that was there before is a duplicate, an older one a late tick."""
        return accepted_out(await engine.ticks(body.prices()))


def _notifications(routes: APIRouter) -> None:
    @routes.get(
        "/notifications",
        summary="What I was told",
        response_model=Page[NotificationOut],
        responses=documented(),
    )
    async def notifications(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[NotificationOut]:
        """The newest first."""
        before = INBOX_CURSOR.decode(cursor)[0] if cursor else "+"
        rows = await engine.notifications(before=before, limit=limit + 1)
        return page_of(
            rows,
            limit=limit,
            cursor=INBOX_CURSOR,
            key=lambda one: (one[0],),
            item=lambda one: notification_out(one[1]),
        )

    @routes.get(
        "/notifications/events",
        summary="What I am told, as it comes (server-sent events)",
        response_class=StreamingResponse,
        responses={
            **documented(),
            200: {"content": {"text/event-stream": {}}, "description": "events with ids"},
        },
    )
    async def events(
        request: Request,
        lab: LabHere,
        user: ActingUser,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """From now on, or from behind `Last-Event-ID`; `reset` where that is not known any more."""
        engine = engine_in(lab, StockAlerts)
        frames = await engine.listen(after=last_event_id or last_event_id_query, frame=_frame, reset=RESET)
        return event_stream(frames, connection=request, lab=lab)


def _frame(mark: str, one: Notification) -> bytes:
    return encode(notification_out(one).model_dump(mode="json"), event="notification", id=mark)
