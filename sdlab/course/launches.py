"""Login and launch of LTI 1.3, by a library; the small adapter between it and an asynchronous server.

The library (pylti1p3next) is synchronous and keeps what it must remember in a session. Here it keeps nothing: what
a login has made is handed out, to be stored by whoever calls, and what a launch must know is handed in, the
platform's keys among it. So nothing in this module waits for a store or a network; what it computes takes
milliseconds, and is called in a thread. Import it only where a platform is registered: it takes a while.

https://www.imsglobal.org/spec/lti/v1p3 and https://www.imsglobal.org/spec/security/v1p0.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from pydantic import BaseModel, Field, ValidationError
from pylti1p3.cookie import CookieService
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException, OIDCException, ToolConfException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.dict import ToolConfDict

from sdlab.course.key_sets import KeySet
from sdlab.course.platforms import LAB, Platform, is_trusted
from sdlab.lab import Forbidden, Invalid

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
CHOICE = "LtiDeepLinkingRequest"
# Asymmetric ones: whoever knows a platform's public keys can sign nothing.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
REQUIRED = ["exp", "iat", "iss", "aud", "nonce"]
SKEW = 60.0  # seconds that a platform's clock may be ahead
LONGEST_TOKEN = 64 * 1024
LONGEST_ADDRESS = 4000
MOST_ROLES = 100
MOST_CUSTOM = 100

Id = Annotated[str, Field(min_length=1, max_length=255)]


class Refused(Forbidden):
    """A login or launch that is not believed; the detail says why."""

    title = "Launch refused"


@dataclass(frozen=True, slots=True)
class Login:
    """Where to send the visitor, and what must be kept until they come back with `state`."""

    address: str
    state: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Launch:
    """What a platform says of a visitor: who they are to it, from which link of which course, with what settings."""

    issuer: str
    client_id: str
    deployment: str
    context: str
    link: str
    user: str
    teaches: bool
    custom: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """Something that a teacher may put into a course, and the signed message that does it."""

    lab: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from, and where a choice is posted: https://www.imsglobal.org/spec/lti-dl/v2p0."""

    return_url: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """This tool, for a platform that wants something chosen: its private key, its address, its labs by title."""

    key: str
    launch_url: str
    labs: Mapping[str, str]
    http_loopback: bool = False


class _Identified(BaseModel):
    id: Id


class _Choosing(BaseModel):
    deep_link_return_url: Annotated[str, Field(min_length=1, max_length=LONGEST_ADDRESS)]
    accept_types: list[str]


class _Claims(BaseModel):
    """Of which shape a message is, before it is asked whether it is true."""

    iss: Id
    aud: Id | Annotated[list[Id], Field(min_length=1, max_length=20)]
    azp: Id | None = None
    nonce: Id
    exp: float
    iat: float
    sub: Id
    message_type: Id = Field(alias=f"{CLAIM}message_type")
    version: Id = Field(alias=f"{CLAIM}version")
    deployment_id: Id = Field(alias=f"{CLAIM}deployment_id")
    resource_link: _Identified | None = Field(None, alias=f"{CLAIM}resource_link")
    context: _Identified | None = Field(None, alias=f"{CLAIM}context")
    roles: list[Id] = Field(alias=f"{CLAIM}roles", max_length=MOST_ROLES)
    custom: dict[str, Any] = Field({}, alias=f"{CLAIM}custom", max_length=MOST_CUSTOM)
    choosing: _Choosing | None = Field(None, alias=f"{DEEP_LINKING}deep_linking_settings")


class _Params(Request):  # type: ignore[misc]
    """What a browser has sent."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._params.get(key, "")


class _Cookies(CookieService):  # type: ignore[misc]
    """The state that the library wants in a cookie; whether there is one is the caller's concern."""

    def __init__(self) -> None:
        self.state = ""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        self.state = str(value)


class _Session(SessionService):  # type: ignore[misc]
    """Has one nonce: that of this login, or the one which its launch must show."""

    def __init__(self, nonce: str = "") -> None:
        self.nonce = nonce

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce

    def check_nonce(self, nonce: str) -> bool:
        return hmac.compare_digest(nonce.encode(errors="replace"), self.nonce.encode())

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        return True  # it was found in the store, and is there no more

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        """It is never valid again."""

    def save_launch_data(self, key: str, jwt_body: Mapping[str, Any]) -> None:
        """Nothing of it is kept."""


class _Address(Redirect[str]):  # type: ignore[misc]
    def __init__(self, address: str) -> None:
        self._address = address

    def do_redirect(self) -> str:
        return self._address

    def do_js_redirect(self) -> str:
        return self._address

    def get_redirect_url(self) -> str:
        return self._address

    def set_redirect_url(self, location: str) -> None:
        self._address = location


class _Login(OIDCLogin[Any, Any, Any, Any, str]):  # type: ignore[misc]
    def get_redirect(self, url: str) -> _Address:
        return _Address(url)


class _Launch(MessageLaunch[Any, Any, Any, Any]):  # type: ignore[misc]
    def _get_request_param(self, key: str) -> str:
        found: str = self._request.get_param(key)
        return found


def begin(platform: Platform, params: Mapping[str, str], *, launch_url: str) -> Login:
    """What answers a login initiation of that platform. `Invalid` for one without a login hint."""
    cookies, session = _Cookies(), _Session()
    login = _Login(
        _Params(params), _configured(platform, None), session_service=session, cookie_service=cookies
    )
    try:
        address = login.redirect(launch_url)
    except (OIDCException, ToolConfException) as error:
        raise Invalid(str(error)) from None
    return Login(address, cookies.state, session.nonce)


def key_id(token: str) -> str:
    """Of which key a token says that it has signed it. `Invalid` for what is no token."""
    return str(_read(token)[0].get("kid", ""))


def verify(
    platform: Platform, keys: KeySet, params: Mapping[str, str], *, nonce: str, tool: Tool
) -> Launch | Choice:
    """What a message says, now that it is believed. `Invalid` for what is no message, `Refused` for a false one."""
    header, body = _read(params.get("id_token", ""))
    claims = _claims(body)
    _demand(header.get("alg") in ALGORITHMS, "the message is not signed in a way that is accepted here")
    _demand(claims.azp in (None, platform.client_id), "the message is for another tool")
    _demand(claims.iat <= time.time() + SKEW, "the message says that it comes from the future")
    launch = _Launch(
        _Params(params),
        _configured(platform, keys, tool.key),
        session_service=_Session(nonce),
        cookie_service=_Cookies(),
    )
    # The library looks for the client id itself; times must be there, and are looked at in the signed message.
    launch.set_jwt_verify_options({"verify_aud": False, "verify_iat": False, "require": REQUIRED})
    try:
        launch.validate()
    except (LtiException, ToolConfException) as error:
        raise Refused(str(error)[:200]) from None
    except JWException:
        raise Refused("the platform's key cannot be read") from None
    if claims.message_type == CHOICE:
        return _choice(launch, claims, tool)
    _demand(launch.is_resource_launch(), "only links to a lab are launched here")
    assert claims.resource_link is not None  # the library has seen to it
    return Launch(
        issuer=platform.issuer,
        client_id=platform.client_id,
        deployment=claims.deployment_id,
        context=claims.context.id if claims.context else "",
        link=claims.resource_link.id,
        user=claims.sub,
        teaches=launch.check_teacher_access(),
        custom=claims.custom,
    )


def _choice(launch: _Launch, claims: _Claims, tool: Tool) -> Choice:
    """One message for each lab: whichever is posted back, nothing must be remembered until then."""
    _demand(launch.check_teacher_access(), "only who teaches in the course puts labs into it")
    assert claims.choosing is not None  # the library has seen to it
    back = claims.choosing.deep_link_return_url
    _demand(is_trusted(back, http_loopback=tool.http_loopback), "a choice is posted to an https address")
    answer: Any = launch.get_deep_link()
    links = []
    for lab, title in tool.labs.items():
        link = DeepLinkResource().set_title(title).set_url(tool.launch_url).set_custom_params({LAB: lab})
        said = {name: one for name, one in answer.get_message_jwt([link]).items() if one is not None}
        links.append(Link(lab, title, answer.encode_jwt(said)))
    return Choice(back, tuple(links))


def _configured(platform: Platform, keys: KeySet | None, tool_key: str = "") -> ToolConfDict:
    """The registration as the library wants it: an issuer may have many clients, and here has this one."""
    registration: Any = {
        "default": True,
        "client_id": platform.client_id,
        "auth_login_url": platform.auth_url,
        "auth_token_url": "",
        "key_set_url": None,
        "key_set": keys or {"keys": []},
        "deployment_ids": list(platform.deployment_ids),
    }
    found = ToolConfDict({platform.issuer: [registration]})
    if tool_key:
        key = JWK.from_json(tool_key)
        for keep, private in ((found.set_private_key, True), (found.set_public_key, False)):
            pem = key.export_to_pem(private_key=private, password=None)
            keep(platform.issuer, pem.decode(), client_id=platform.client_id)
    return found


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and body of a JSON Web Token, not yet believed."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise Invalid("a launch brings a signed message", field="id_token")
    try:
        header, body = (json.loads(_decoded(part)) for part in token.split(".")[:2])
        _decoded(token.split(".")[2])
    except (ValueError, IndexError, RecursionError):
        raise Invalid("that is no signed message", field="id_token") from None
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise Invalid("that is no signed message", field="id_token")
    return header, body


def _decoded(part: str) -> bytes:
    return base64.b64decode(part.encode() + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _claims(body: dict[str, Any]) -> _Claims:
    try:
        return _Claims.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(
            f"the message is not as LTI 1.3 has it: {first['msg']}", field=str(first["loc"][0])
        ) from None


def _demand(so: bool, detail: str) -> None:
    if not so:
        raise Refused(detail)
