"""A picture on a page: what Python sets in its traits is drawn, and what the browser sets arrives in Python."""

import asyncio
import hashlib
from contextvars import ContextVar

from fastapi import HTTPException
from fastapi.responses import Response
from nicegui import app
from nicegui.element import Element

BY_CLOCK = ContextVar("by_clock", default=False)
"""Whether what is being done is what a page does every so often, and no answer to what somebody did."""
_FILES = {}
"""Scripts and style sheets of pictures by the name under which they are served."""


@app.get("/_picture/{name}")
def _picture(name: str):
    if name not in _FILES:
        raise HTTPException(404)
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    return Response(_FILES[name], media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _serve(text, ending):
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.{ending}"
    _FILES[name] = text
    return f"/_picture/{name}"


class PictureElement(Element, component="picture_element.js"):
    """Shows a `widgets.picture.Picture` on a page.

    All traits that are set before the event loop turns go out as one message, and only once the browser has drawn the one
    before: so the newest wins, a slow browser gets fewer pictures, and one that is not seen gets none. Only what somebody
    waits for goes out at once, as what is set in the handler of a click is. From the browser come only the traits that it
    set, and nothing is sent back to it that it has sent.

    Traits are to be set on the server's event loop (in a handler or a timer), not in another thread.

    Arguments:
        picture: The picture. It can be shown once: it is closed when the element goes.

    Attributes: `picture`, and `seen`: whether the browser has drawn it yet.
    """

    def __init__(self, picture):
        super().__init__()
        self.picture = picture
        self._names = [name for name in picture.traits(sync=True) if not name.startswith("_") and name not in _OF_NOTEBOOKS]
        self._props["traits"] = {name: getattr(picture, name) for name in self._names}
        self._props["module"] = _serve(str(picture._esm), "js")
        self._props["styles"] = _serve(str(picture._css), "css")
        self._unsent, self._received, self.seen = {}, {}, False
        self._undrawn, self._scheduled, self._urgent = 1, False, False  # the browser says when it has drawn the first picture
        self.classes("gn-picture")
        picture.observe(self._on_change, self._names)
        self.on("changed", self._on_changed)
        self.on("sent", lambda event: picture._handle_custom_msg(event.args, []))
        self.on("drawn", self._on_drawn)

    def _on_change(self, change):
        name, value = change["name"], change["new"]
        with self._props.suspend_updates():  # for a browser that draws the whole page anew; this one is told by `_send`
            self._props["traits"][name] = value
        if name in self._received and self._received[name] == value:
            return
        self._unsent[name] = value
        self._urgent |= self.seen and not BY_CLOCK.get()
        if self._may_send() and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._send)

    def _may_send(self):
        return self._urgent or not self._undrawn

    def _send(self):
        self._scheduled = False
        if self._unsent and self._may_send() and not self.is_deleted:
            self._undrawn += 1
            self.run_method("receive", self._unsent)
            self._unsent, self._urgent = {}, False

    def _on_drawn(self):
        self.seen, self._undrawn = True, max(self._undrawn - 1, 0)  # a browser that draws the page anew says so twice
        self._send()

    def _on_changed(self, event):
        self._received = {name: value for name, value in event.args.items() if name in self._names}
        try:
            with self.picture.hold_trait_notifications():
                for name, value in self._received.items():
                    setattr(self.picture, name, value)
        finally:
            self._received = {}

    def _handle_delete(self):
        self.picture.unobserve(self._on_change, self._names)
        self.picture.layout.close()  # ipywidgets keeps every widget until it is closed
        self.picture.close()
        super()._handle_delete()


_OF_NOTEBOOKS = ("layout", "tabbable", "tooltip", "comm")
