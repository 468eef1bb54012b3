"""A terminal application in a browser on this machine, and nowhere else."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

from audit.types import AuditError

HOST = "127.0.0.1"
COOKIE = "audit-review"
PAGE = Path(__file__).parent / "web"  # instead of textual-serve's own, which asks Google for a font
# nothing may come from elsewhere; xterm.js sets styles itself
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"


class LocalServer(Server):
    """Serves a command to whoever has the address with its key: no other user of this machine, no other page.

    A web page elsewhere could otherwise open the socket, read the rows and press keys. `tell` is given the address.
    """

    def __init__(self, command: str, title: str, port: int, tell: Callable[[str], None]) -> None:
        super().__init__(command, host=HOST, port=port or _free_port(), title=title, templates_path=PAGE)
        self._key = secrets.token_urlsafe(16)
        self._tell = tell

    def initialize_logging(self) -> None:
        """The log of requests is nobody's business here."""

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - aiohttp's signature
        """Say where it is."""
        self._tell(f"{self.public_url}/?key={self._key}")

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for the key once and for its cookie after that; refuse other names of this machine and other pages."""
        given = request.query.get("key", request.cookies.get(COOKIE, ""))
        at_home = request.host == f"{HOST}:{self.port}" and request.headers.get("Origin", self.public_url) == (
            self.public_url
        )
        if not at_home or not compare_digest(given.encode(), self._key.encode()):
            raise web.HTTPForbidden(text="open the whole address that audit review --web printed, with its key")
        if "key" in request.query:
            response: web.StreamResponse = web.HTTPFound("/")
            response.set_cookie(COOKIE, self._key, httponly=True, samesite="Strict")
            return response
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = POLICY
        return response


def serve(command: str, title: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted. `port` 0 takes a free one; AuditError where it is taken."""
    try:
        LocalServer(command, title, port, tell).serve()
    except OSError as error:
        raise AuditError(f"--port {port}: {error.strerror}; leave --port out to take a free one") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
