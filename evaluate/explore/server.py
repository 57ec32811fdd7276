"""`kappabar explore`: the explorer on a page of one's own machine.

The page is for the person at this machine alone. It is bound to the loopback address, and answers only requests that name it as
their host (a page elsewhere whose name is made to resolve to 127.0.0.1 does not) and, where they ask for work, come from itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import KappabarError, OutputError, SpecError
from .assets import asset, explorer_script
from .bundle import vega_bundle
from .process import DEADLINE, WorkerProcess
from .question import EXAMPLES, MOST_BODY, MOST_TEXT, Allowed, question

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LOOPBACK = "127.0.0.1"
PORT = 8765
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src "
    "'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


def hosts(port: int) -> frozenset[str]:
    """The `Host` headers that name this page."""
    return frozenset({f"{LOOPBACK}:{port}", f"localhost:{port}"})


def application(allowed: Allowed, port: int = PORT, deadline: float = DEADLINE) -> Starlette:
    """The page as an ASGI application. Its worker starts with it."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    worker = WorkerProcess(allowed, deadline)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        worker.start()
        yield
        await worker.stop()

    async def inspect(request: Request) -> Response:
        return await _inspect(request, allowed, worker)

    async def health(_: Request) -> Response:
        return _json(200, json.dumps({"status": "ok", "worker": "warm" if worker.warm else "starting"}).encode())

    async def page(_: Request) -> Response:
        return _text(_page(allowed), "text/html")

    async def icon(_: Request) -> Response:
        return _text("", "image/x-icon")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return _json(404, json.dumps({"error": "there is no such page"}).encode())
        kind, read = STATIC[name]
        # In a thread: making the charts' script takes seconds the first time, and answers need not wait for it.
        return _text(await asyncio.to_thread(read), kind)

    routes = [
        Route("/", page),
        Route("/healthz", health),
        Route("/favicon.ico", icon),
        Route("/static/{name}", static),
        Route("/inspect", inspect, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Guard, hosts=hosts(port))])


class Guard:
    """Refuses requests that do not name this page, and work for other pages; adds the headers that every answer has."""

    def __init__(self, app: Any, hosts: frozenset[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            # There are no websockets here; the lifespan is the server's own.
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        reason = self._refused(scope)
        if reason:
            await _json(403, json.dumps({"error": reason}).encode())(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _refused(self, scope: Any) -> str:
        received: dict[str, list[str]] = {}
        for key, value in scope["headers"]:
            received.setdefault(key.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        if len(received.get("host", ())) != 1 or received["host"][0].lower() not in self.hosts:
            return "this page answers at its own address alone: open http://127.0.0.1 with its port"
        if scope["method"] in ("GET", "HEAD"):
            return ""
        # A browser says where a request comes from; what is no browser may leave it out.
        origins = received.get("origin", [])
        if any(origin.lower() not in {f"http://{host}" for host in self.hosts} for origin in origins):
            return "requests for work come from this page alone"
        if any(site not in ("same-origin", "none") for site in received.get("sec-fetch-site", [])):
            return "requests for work come from this page alone"
        return ""


async def _inspect(request: Request, allowed: Allowed, worker: WorkerProcess) -> Response:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _json(415, json.dumps({"error": "send JSON (content-type: application/json)"}).encode())
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY:
            return _json(413, json.dumps({"error": f"the request is longer than {MOST_BODY:,} bytes"}).encode())
    try:
        document = json.loads(body)
        asked = question(document, allowed).as_dict()
    except KappabarError as e:
        return _json(400, json.dumps({"error": str(e)}).encode())
    except (ValueError, RecursionError):
        return _json(400, json.dumps({"error": "the request is no JSON"}).encode())
    return _json(*await worker.ask(asked, request.is_disconnected))


def _json(status: int, body: bytes) -> Response:
    from starlette.responses import Response

    return Response(body, status, media_type="application/json")


def _text(text: str, kind: str) -> Response:
    from starlette.responses import Response

    return Response(text, media_type=kind)


STATIC: dict[str, tuple[str, Callable[[], str]]] = {
    "explorer.js": ("text/javascript", explorer_script),
    "explorer.css": ("text/css", lambda: asset("explorer.css")),
    "live.js": ("text/javascript", lambda: asset("live.js")),
    "live.css": ("text/css", lambda: asset("live.css")),
    "charts.js": ("text/javascript", vega_bundle),
}


def _page(allowed: Allowed) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("live.html.j2").render(
        specs=allowed.representations,
        domains=allowed.domains,
        text=EXAMPLES.get(allowed.domain, ""),
        examples=EXAMPLES,
        most=MOST_TEXT,
    )


def serve(
    representations: Sequence[str] = (),
    domain: str = "ode",
    metric: str | None = None,
    port: int = PORT,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page on 127.0.0.1 until interrupted (Ctrl-C). Port 0 takes a free one. `say` gets the address, in one line.

    Raises `SpecError` for a representation, domain or metric that there is not, or where the extra `explore` is not installed,
    `OutputError` where the port is taken.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ModuleNotFoundError:
        raise SpecError("kappabar explore needs Starlette and uvicorn; install them: pip install 'kappabar[explore]'") from None
    allowed = Allowed.of(representations, domain, metric)
    config = uvicorn.Config(
        lambda: None,
        host=LOOPBACK,
        port=port,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        bound = config.bind_socket()
    except SystemExit:  # what uvicorn does where it cannot
        raise OutputError(f"cannot listen on {LOOPBACK}:{port}; something else may: choose another --port") from None
    bound.listen(128)  # from here on a browser that is told the address waits, and is not refused
    port = bound.getsockname()[1]
    config.app = application(allowed, port)
    address = f"http://{LOOPBACK}:{port}/"
    say(f"the explorer is at {address} (Ctrl-C ends it)")
    if browser:
        webbrowser.open(address)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound])
    say("the explorer has ended")
