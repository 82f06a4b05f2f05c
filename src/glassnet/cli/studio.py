"""`glassnet studio`: the pages in the browser."""

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
    from glassnet.studio.server import serve

    console = open_console()

    def ready(address):
        console.print(f"The studio is at {address}  (Ctrl-C ends it)", soft_wrap=True)
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(host, port, ready)
