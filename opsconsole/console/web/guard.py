"""Who may open the console in a browser: somebody on this machine who has the token, from a page that we served.

The token is in the path, and is needed for the page and its socket. The Host must be ours, or a name that somebody else
points at this machine (DNS rebinding) would do; the Origin must be ours, or any page in the same browser could connect.
Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOCAL = ("127.0.0.1", "localhost")
SOCKET = "/ws"
STATIC = "/static"


def guard(token: str, port: int) -> Middleware:
    """The middleware that answers 403, with a sentence, to whatever may not come in."""
    hosts = {f"{name}:{port}" for name in LOCAL}

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        wrong = _wrong(request, hosts, token)
        response = web.Response(status=403, text=f"SIMULATED: {wrong}\n") if wrong else await handler(request)
        if not response.prepared:
            response.headers.update(_headers(request.host))
        return response

    return guarded


def _wrong(request: web.Request, hosts: set[str], token: str) -> str:
    """Why a request may not come in; empty if it may."""
    if request.host not in hosts:
        return "this server answers to this machine only, by its address 127.0.0.1 or the name localhost"
    origin, own = request.headers.get("Origin"), f"http://{request.host}"
    if origin != own and (origin is not None or request.path.endswith(SOCKET)):
        return "another site's page may not use this session"
    given = request.match_info.get("token", "")
    if not request.path.startswith(f"{STATIC}/") and not compare_digest(given.encode(), token.encode()):
        return "the address needs the token that `opsconsole web` has printed"
    return ""


def _headers(host: str) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
