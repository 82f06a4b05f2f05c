"""`glassnet studio`: the pages in the browser."""

import os
import sys
import webbrowser
from typing import Annotated

import typer

from glassnet.cli.output import open_console


def studio(
    model: Annotated[str | None, typer.Argument(help="A model file to show; none for the pages as they are.")] = None,
    host: Annotated[
        str, typer.Option(help="Address to serve at. Others than this machine need the token that is printed.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 8000 or the next free one where none is given.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
):
    """Open the studio: watch networks learn, and look inside, in the browser.

    \b
    Example:
      glassnet studio
      glassnet studio digits.safetensors
    """
    open_studio(open_console(), model, host, port, not no_browser)


def open_studio(console, path=None, host="127.0.0.1", port=None, browser=True):
    """Serves the studio until Ctrl-C, on the model in a file where a `path` is given, and opens a browser."""
    exhibit = preparation = None
    if path is None:
        from glassnet.studio.preparation import Preparation

        preparation = Preparation()
    else:
        from glassnet.studio.exhibit import Exhibit

        exhibit = Exhibit.of_file(path)
    from glassnet.studio.server import serve

    def ready(address):
        console.print(f"The studio is at {address}  (Ctrl-C ends it)", soft_wrap=True)
        if browser:
            webbrowser.open(address)

    serve(host, port, ready, exhibit, preparation)


def has_browser():
    """Whether a browser can be opened for somebody who sits at this terminal."""
    if not sys.stdout.isatty() or os.environ.get("CI"):
        return False
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
