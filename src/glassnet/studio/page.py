"""What every page of the studio is."""

from urllib.parse import urlencode

from nicegui import ui

from glassnet.studio.address import read_query
from glassnet.studio.picture_element import BY_CLOCK


class Page:
    """The base of the pages. A page is a module `studio/pages/<name>.py` (or a package) with a subclass called `Page` in it,
    its texts in `studio/texts/<name>.toml`, and a line in `studio/pages/__init__.py`.

    One object belongs to one session: it holds what is set up, the network and its training, and survives a change of
    language and a visit to another page. `build` draws it with NiceGUI and may be called again at any time, so pictures and
    elements are made there and nowhere else.

    Texts come from `self.t("<page>.<key>")`, controls from `studio.controls`, trainings from `self.session.train(...)`.

    Arguments:
        session: `Session`.
        query: What the address says, a dictionary of texts; empty for a fresh start. Anybody may have written it: check it.

    Attributes: `session`, `t`, `query`; `notices`, texts that are told once the page is drawn; `name`, that of the module, set
    where the page is registered.
    """

    name = ""

    def __init__(self, session, query=None):
        self.session, self.query, self.notices = session, dict(query or {}), []

    def t(self, key, **values):
        """The text of a key in the session's language."""
        return self.session.t(key, **values)

    def build(self):
        """Draws the page where NiceGUI stands."""
        raise NotImplementedError

    def tick(self, seconds, callback):
        """Calls `callback` every so many seconds while the page is shown and its browser tab is the one that is seen.

        For use in `build`. To ask a training for its `state` only here makes a page that nobody sees cost nothing.
        """

        def due():
            BY_CLOCK.set(True)  # in the task that the timer makes of this call
            return callback() if self.session.visible else None

        ui.timer(seconds, due)

    @classmethod
    def prepare(cls):
        """Loads what every page of this kind needs, where that takes long: called in a thread of its own for the page that
        opens first."""

    def leave(self):
        """Another page is shown, or the session ends. By default, trainings that run are paused."""
        for training in self.session.trainings:
            training.pause()

    def address(self):
        """What stands behind the page's name in the address: "" or "?name=text&..."."""
        return f"?{urlencode(self.query)}" if self.query else ""

    def read(self, readers, usual):
        """What the address says, checked, and what is usual where it says nothing. What it says wrongly is told.

        Arguments are those of `address.read_query`. Returns: `{name: value}`, with the names of `usual`.
        """
        found, problems = read_query(self.query, readers, usual)
        self.tell_of_address(problems)
        return usual | found

    def tell_of_address(self, problems):
        """Has the problems that `address.read_query` found told."""
        for name, said, taken in problems:
            key = "frame.address" if taken else "frame.address.left_out"
            self.notices.append(self.t(key, name=name, text=said, taken=taken))

    def set_address(self, query):
        """Writes what is set up into the address, without loading anything: `{name: text}`, of which empty ones go."""
        self.query = {name: str(value) for name, value in query.items() if value not in (None, "")}
        ui.navigate.history.replace(f"/{self.name}{self.address()}")

    @classmethod
    def accepts(cls, model, data):
        """Whether this page can show a model from Python.

        Arguments:
            model: A built `Sequential`.
            data: `(x, y)` as NumPy arrays, or None.
        """
        return False

    def show(self, model, data):
        """Shows a model from Python, for which `accepts` was true, in place of what was set up; called before `build`."""
        raise NotImplementedError
