"""The page of one neuron: by hand, at the cheese festival, on real weather, and learning by the perceptron's rule."""

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.address import read_choice
from glassnet.studio.page import Page as Base
from glassnet.studio.pages.neuron.by_hand import ByHand
from glassnet.studio.pages.neuron.festival import Festival
from glassnet.studio.pages.neuron.rule import Rule
from glassnet.studio.pages.neuron.weather import Weather

VIEWS = {"hand": ByHand, "festival": Festival, "weather": Weather, "rule": Rule}


class Page(Base):
    """Four views of one neuron; the address says which, and how it is set up."""

    def __init__(self, session, query=None):
        super().__init__(session, query)
        self.views = {}
        self.chosen = self.read({"view": read_choice(VIEWS)}, {"view": "hand"})["view"]

    @property
    def view(self):
        """The view that is shown, made when it is first asked for."""
        if self.chosen not in self.views:
            self.views[self.chosen] = VIEWS[self.chosen](self)
        return self.views[self.chosen]

    def build(self):
        with ui.element("div").classes("gn-heading"):
            ui.label(self.t("neuron.title")).classes("gn-title").props("role=heading aria-level=1")
            ui.label(self.t("neuron.about")).classes("gn-about")
        names = {name: self.t(f"neuron.view.{name}") for name in VIEWS}
        controls.choice(self.t, "neuron.view", names, self.chosen, lambda event: self._choose(event.value))
        self.body = ui.element("div").classes("gn-stack")
        self._show()
        self.tick(1.0, self._write_address)

    def _choose(self, name):
        self.leave()
        self.chosen = name
        self._show()

    def _show(self):
        self.body.clear()
        with self.body:
            self.view.build()

    def _write_address(self):
        query = {"view": self.chosen, **self.view.query()}
        if {name: str(value) for name, value in query.items()} != self.query:
            self.set_address(query)
