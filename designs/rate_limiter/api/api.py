"""The rate limiter's endpoints: check a request, read and set the rule."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.engine import Decision, RateLimiter
from sdlab.api.problems import documented, problem
from sdlab.rooms.http import ActingUser, engine_of, lab_of
from sdlab.rooms.lab import RunningLab

SLUG = "rate-limiter"

EngineHere = Annotated[RateLimiter, Depends(engine_of(SLUG))]
LabHere = Annotated[RunningLab, Depends(lab_of(SLUG))]
AlgorithmId = Literal[
    "token_bucket", "leaky_bucket", "fixed_window", "sliding_log", "sliding_counter", "gcra"
]


class Checked(BaseModel):
    """A request that may pass. `delay_s` is how long a leaky bucket holds it back."""

    allowed: bool = Field(examples=[True])
    client: str = Field(examples=["ana"])
    counted_as: str = Field(examples=["user:ana"])
    algorithm: str = Field(examples=["token_bucket"])
    gateway: str = Field(examples=["gateway-1"])
    remaining: int | None = Field(examples=[4])
    reset_s: float | None = Field(examples=[1.0])
    delay_s: float = Field(examples=[0.0])
    reason: str = Field(examples=["took a token, 4.0 of 5 left"])
    decided_by: str = Field(examples=["counter store"])


class Rules(BaseModel):
    """The rule of each client, and who keeps it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"algorithm": "token_bucket", "limit": 10, "window_s": 10, "burst": 5}]
        },
    )

    algorithm: AlgorithmId
    limit: int = Field(ge=1, le=1000, strict=True, description="requests per window")
    window_s: int = Field(ge=1, le=60, strict=True, description="length of the window, s")
    burst: int = Field(ge=1, le=1000, strict=True, description="bucket size, for algorithms that have one")


def router() -> APIRouter:
    """Everything below `/api/rate-limiter`."""
    routes = APIRouter()

    @routes.get("/check", summary="May this request pass?", response_model=Checked, responses=documented())
    async def check(
        engine: EngineHere,
        user: ActingUser,
        response: Response,
        client: Annotated[
            str, Query(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.@:-]+$", examples=["ana"])
        ],
        algorithm: Annotated[
            AlgorithmId | None, Query(description="decides in place of the configured one")
        ] = None,
    ) -> Response | Checked:
        """200 or 429, both with the state of the allowance in `RateLimit-*`; 429 with `Retry-After` too."""
        decision = await engine.check(client, algorithm=algorithm or "", by=user)
        headers = rate_limit_headers(decision)
        if not decision.allowed:
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
        response.headers.update(headers)
        return Checked(**{name: getattr(decision, name) for name in Checked.model_fields})

    @routes.get("/rules", summary="The rule in force", response_model=Rules, responses=documented())
    async def read(engine: EngineHere) -> Rules:
        """Algorithm, limit, window and burst."""
        return _rules(engine.config)

    @routes.put("/rules", summary="Set the rule", response_model=Rules, responses=documented())
    async def write(lab: LabHere, body: Rules) -> Rules:
        """Holds from the next request on; what was used before stays used."""
        await lab.configure(
            toggles={"algorithm": body.algorithm},
            knobs={"limit": body.limit, "window_s": body.window_s, "burst": body.burst},
        )
        return _rules(lab.engine.config)

    return routes


def _rules(config: Config) -> Rules:
    return Rules.model_validate({name: getattr(config, name) for name in Rules.model_fields})


def rate_limit_headers(decision: Decision) -> dict[str, str]:
    """Whole seconds and requests, rounded so that who keeps to them is not refused."""
    headers = {"RateLimit-Limit": str(decision.limit)}
    if decision.remaining is not None and decision.reset_s is not None:
        headers["RateLimit-Remaining"] = str(decision.remaining)
        headers["RateLimit-Reset"] = str(math.ceil(decision.reset_s))
    if not decision.allowed:
        headers["Retry-After"] = str(max(1, math.ceil(decision.retry_after_s)))
    return headers
