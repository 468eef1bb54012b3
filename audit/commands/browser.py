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

from audit.nouns.dialogue import AuditError

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "web"  # instead of textual-serve's own, which asks Google for a font
# nothing may come from elsewhere; xterm.js sets styles itself
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"


class LocalServer(Server):
    """Serves a command to whoever has the address with its key: no other user of this machine, no other page.

    A web page elsewhere could otherwise open the socket, read the rows and press keys.
    """

    def __init__(self, command: str, title: str, listener: socket.socket) -> None:
        super().__init__(command, host=HOST, port=listener.getsockname()[1], title=title, templates_path=PAGE)
        self._listener = listener
        self._key = secrets.token_urlsafe(16)
        self._cookie = f"audit-review-{self.port}"  # browsers keep the cookies of all ports of a host together

    @property
    def address(self) -> str:
        """What to open."""
        return f"{self.public_url}/?key={self._key}"

    def serve(self, debug: bool = False) -> None:  # noqa: ARG002 - textual-serve's signature
        """Serve until interrupted."""
        web.run_app(self._make_app(), sock=self._listener, print=None, access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing; textual-serve would print its sign."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for the key once and for its cookie after that; refuse other names of this machine and other pages."""
        given = request.query.get("key", request.cookies.get(self._cookie, ""))
        at_home = request.host == f"{HOST}:{self.port}" and request.headers.get("Origin", self.public_url) == (
            self.public_url
        )
        if not at_home or not compare_digest(given.encode(), self._key.encode()):
            raise web.HTTPForbidden(text="open the whole address that audit review --web printed, with its key")
        if "key" in request.query:
            response: web.StreamResponse = web.HTTPFound("/")
            response.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            return response
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = POLICY
        return response


def serve(command: str, title: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the address. `port` 0 takes a free one; AuditError where it is taken."""
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise AuditError(f"--port {port}: {error.strerror}; leave --port out to take a free one") from None
    with listener:
        server = LocalServer(command, title, listener)
        tell(server.address)
        server.serve()
