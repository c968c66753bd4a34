"""The rate limiter's endpoints: check a request, read and set the rule."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query, Response

from designs.rate_limiter.api.schemas import AlgorithmId, AllowedRequest, Rules
from designs.rate_limiter.engine.checks import Decision
from designs.rate_limiter.engine.engine import RateLimiter
from sdlab.api.problems import documented, problem
from sdlab.rooms.http import ActingUser, EngineOf, LabOf
from sdlab.rooms.lab import RunningLab

SLUG = "rate-limiter"

EngineHere = Annotated[RateLimiter, EngineOf(SLUG, RateLimiter)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]
ClientName = Annotated[
    str, Query(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.@:-]+$", examples=["ana"])
]


def router() -> APIRouter:
    """Everything below `/api/rate-limiter`."""
    routes = APIRouter()

    @routes.get(
        "/check", summary="May this request pass?", response_model=AllowedRequest, responses=documented()
    )
    async def check(
        engine: EngineHere,
        user: ActingUser,
        response: Response,
        client: ClientName,
        algorithm: Annotated[
            AlgorithmId | None, Query(description="decides in place of the configured one")
        ] = None,
    ) -> Response | AllowedRequest:
        """200 or 429, both with the state of the allowance in `RateLimit-*`; 429 with `Retry-After` too."""
        decision = await engine.check(client, algorithm=algorithm or "")
        headers = rate_limit_headers(decision)
        if not decision.allowed:
            return refusal(decision, headers)
        response.headers.update(headers)
        return AllowedRequest.model_validate(decision)

    @routes.get("/rules", summary="The rule in force", response_model=Rules, responses=documented())
    async def read(engine: EngineHere) -> Rules:
        """Algorithm, limit, window and burst."""
        return Rules.model_validate(engine.config)

    @routes.put("/rules", summary="Set the rule", response_model=Rules, responses=documented())
    async def write(lab: LabHere, body: Rules) -> Rules:
        """Holds from the next request on; what was used before stays used."""
        await lab.configure(
            toggles={"algorithm": body.algorithm},
            knobs={"limit": body.limit, "window_s": body.window_s, "burst": body.burst},
        )
        return Rules.model_validate(lab.engine.config)

    return routes


def refusal(decision: Decision, headers: dict[str, str]) -> Response:
    """429 with the reason, and what refused."""
    return problem(
        429,
        detail=decision.reason,
        headers=headers,
        client=decision.client,
        counted_as=decision.counted_as,
        algorithm=decision.algorithm,
        refused_by=decision.refused_by,
        retry_after_s=decision.retry_after_s,
    )


def rate_limit_headers(decision: Decision) -> dict[str, str]:
    """Whole seconds and requests, rounded so that who keeps to them is not refused."""
    headers = {"RateLimit-Limit": str(decision.limit)}
    if decision.remaining is not None and decision.reset_s is not None:
        headers["RateLimit-Remaining"] = str(decision.remaining)
        headers["RateLimit-Reset"] = str(math.ceil(decision.reset_s))
    if not decision.allowed:
        headers["Retry-After"] = str(max(1, math.ceil(decision.retry_after_s)))
    return headers
