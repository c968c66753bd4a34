"""What the rate limiter's endpoints take and answer, and calls that show it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sdlab.api.kit import StrictModel
from sdlab.lab import Example

AlgorithmId = Literal[
    "token_bucket", "leaky_bucket", "fixed_window", "sliding_log", "sliding_counter", "gcra"
]


class AllowedRequest(BaseModel):
    """A request that may pass. `delay_s` is how long a leaky bucket holds it back."""

    model_config = ConfigDict(from_attributes=True)

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


class Rules(StrictModel):
    """The rule of each client, and the algorithm that keeps it."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [{"algorithm": "token_bucket", "limit": 10, "window_s": 10, "burst": 5}]
        },
    )

    algorithm: AlgorithmId
    limit: int = Field(ge=1, le=1000, description="requests per window")
    window_s: int = Field(ge=1, le=60, description="length of the window, s")
    burst: int = Field(ge=1, le=1000, description="bucket size, for algorithms that have one")


RULE = {"algorithm": "sliding_log", "limit": 1, "window_s": 10, "burst": 1}

EXAMPLES = (
    Example("May Ana pass?", "GET", "/api/rate-limiter/check?client=ana", note="see the RateLimit headers"),
    Example("Another algorithm decides", "GET", "/api/rate-limiter/check?client=ana&algorithm=gcra"),
    Example("The rule in force", "GET", "/api/rate-limiter/rules"),
    Example("One request in ten seconds", "PUT", "/api/rate-limiter/rules", body=RULE),
    Example("Ben's first passes", "GET", "/api/rate-limiter/check?client=ben"),
    Example(
        "His second is refused",
        "GET",
        "/api/rate-limiter/check?client=ben",
        status=429,
        note="see Retry-After",
    ),
    Example(
        "A rule out of range is refused",
        "PUT",
        "/api/rate-limiter/rules",
        body={**RULE, "limit": 0},
        status=422,
    ),
)
