"""The studio's server: one process that serves pages, pictures and sessions, and nothing from elsewhere."""

import asyncio
import contextlib
import secrets
import socket
import sys
import threading
import warnings
import webbrowser
from pathlib import Path

from fastapi import Request
from fastapi.middleware.gzip import GZipMiddleware
from nicegui import Client, app, ui
from nicegui.server import Server

from glassnet.studio.frame import Frame, first_page
from glassnet.studio.guard import LOOPBACK, Guard
from glassnet.studio.limits import LIMITS
from glassnet.studio.preparation import Preparation
from glassnet.studio.session import OPEN, Session
from glassnet.studio.texts import preferred, text
from glassnet.widgets.palette import properties

HERE = Path(__file__).parent
RECONNECT = 30
"""Seconds for which a session waits for a lost connection."""
PATIENCE = 1.5
"""Seconds for which the first page waits until all is ready for it, before it says that it is not."""
SWITCH = 0.001
"""Seconds for which a thread that trains keeps Python to itself when the server has something to do."""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g stroke="#8a929c" stroke-width="2">'
    '<path d="M7 9 25 16M7 23 25 16"/></g><circle cx="7" cy="9" r="5" fill="#1769C2"/>'
    '<circle cx="7" cy="23" r="5" fill="#D9660A"/><circle cx="25" cy="16" r="5" fill="#1769C2"/></svg>'
)


class Running:
    """The studio of this process.

    Attributes: `address` (None until it can be opened), `exhibit` (what is shown to sessions that begin, or None),
    `preparation` (of the page that opens first, or None).
    """

    address = exhibit = preparation = None


def show(exhibit, port=None, browser=True, wait=True):
    """Opens the studio on an `Exhibit` or None, in this process.

    Arguments:
        exhibit: What is shown.
        port: As for `serve`.
        browser: Whether a browser is opened.
        wait: Whether it returns only when the studio ends; else the studio runs in a thread.
    """

    def tell(address):
        print(f"The studio is at {address}", flush=True)
        if browser:
            webbrowser.open(address)

    if Running.address is not None:
        Running.exhibit = exhibit
        tell(Running.address)
        return
    what = {"exhibit": exhibit, "preparation": Preparation() if exhibit is None else None}
    if wait:
        serve(port=port, ready=tell, **what)
    else:
        threading.Thread(target=serve, kwargs={"port": port, "ready": tell, **what}, daemon=True).start()


def serve(host="127.0.0.1", port=None, ready=None, exhibit=None, preparation=None):
    """Serves the studio until Ctrl-C, and then returns.

    Arguments:
        host: Address to listen at. Any other than this machine's own needs the token that is made here.
        port: Port; None for 8000, or the next one that is free.
        ready: `ready(address)`, called once pages can be opened.
        exhibit: `Exhibit` that is shown first, or None.
        preparation: `Preparation` that has begun, or None.

    Raises `OSError` where the port is taken.
    """
    token = None if host in LOOPBACK else secrets.token_urlsafe(24)
    port = _free_port(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/" + (f"?token={token}" if token else "")
    _add_pages()
    app.add_middleware(Guard, token=token, upload=LIMITS.upload)

    async def begin():
        while not Server.instance.started:  # uvicorn listens a moment after it has called this
            await asyncio.sleep(0.005)
        Running.address = address
        if ready is not None:
            ready(address)

    def end():
        Running.address = None
        for session in list(OPEN.values()):
            session.close()

    Running.exhibit, Running.preparation = exhibit, preparation
    if preparation is not None:
        preparation.go_on()
    app.on_startup(begin)
    app.on_shutdown(end)
    sys.setswitchinterval(SWITCH)
    warnings.filterwarnings("ignore", "The loss of model", RuntimeWarning)  # a page says so, and the training pauses
    with contextlib.suppress(KeyboardInterrupt):
        ui.run(
            host=host,
            port=port,
            title="glassnet",
            favicon=ICON,
            dark=None,
            reload=False,
            show=False,
            show_welcome_message=False,
            tailwind=False,
            gzip_middleware_factory=GZipMiddleware if token else None,  # within a machine it would cost time only
            reconnect_timeout=RECONNECT,
            ws_max_size=LIMITS.upload,
            uvicorn_logging_level="warning",
        )


def _free_port(host, port):
    """The port, or the first free one from 8000 on where none is given."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in [port] if port is not None else range(8000, 8100):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
                return probe.getsockname()[1]
            except OSError as error:
                problem = error
    raise OSError(problem.errno, f"Expected a free port at {host}. Received: {port or '8000 to 8099'}, which is taken")


def _add_pages():
    css = (HERE / "theme.css").read_text(encoding="utf-8")
    light, dark = properties(), properties(dark=True)
    colours = (
        f":root {{ {light}; color-scheme: light; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not(.gn-light) {{ {dark}; color-scheme: dark; }} }}\n"
        f":root.gn-dark {{ {dark}; color-scheme: dark; }}\n"
    )
    script = (HERE / "frame.js").read_text(encoding="utf-8")
    ui.add_head_html(f"<style>{colours}{css}</style><script>{script}</script>", shared=True)
    ui.page("/")(_first)
    ui.page("/{name}")(_named)


async def _first(request: Request):
    await _open(request, first_page(Running.exhibit))


async def _named(request: Request, name: str):
    await _open(request, name)


async def _open(request, name):
    """Opens a session for a browser tab."""
    client, preparation = ui.context.client, Running.preparation
    if preparation is not None and preparation.keeps_waiting(name):
        await asyncio.to_thread(preparation.join, PATIENCE)
    language = request.cookies.get("gn-language", "")
    if language not in ("en", "zh"):
        language = preferred(request.headers.get("accept-language"))
    if not _has_room():
        client.status_code = 503
        ui.label(text(language, "frame.full", limit=LIMITS.sessions)).classes("gn-page")
        return
    session = OPEN[client.id] = Session(language, request.cookies.get("gn-theme", "auto"), exhibit=Running.exhibit)

    def close():
        if OPEN.pop(client.id, None) is not None:
            session.close()

    client.on_delete(close)
    client.on_disconnect(lambda: None if client.has_socket_connection else session.hold())
    client.on_connect(lambda: session.go_on() if client.id in OPEN else client.run_javascript("location.reload()"))
    Frame(session, name, dict(request.query_params), preparation)


def _has_room():
    """Whether one more session may be opened. If need be, the one whose connection was lost first has to go: its browser gets
    a new one, should it come back. NiceGUI deletes the page itself when the wait for it is over, and must find it there."""
    lost = [client for client in Client.instances.values() if client.id in OPEN and OPEN[client.id].lost]
    if len(OPEN) >= LIMITS.sessions and lost:
        longest = min(lost, key=lambda client: OPEN[client.id].lost)
        OPEN.pop(longest.id).close()
        longest.remove_all_elements()
    return len(OPEN) < LIMITS.sessions
