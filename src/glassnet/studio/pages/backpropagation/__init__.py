"""Backpropagation, step by step: one example through a network small enough to read."""

import numpy as np
from nicegui import ui

from glassnet.inspect.walkthrough import Walkthrough
from glassnet.studio import controls
from glassnet.studio.page import Page as Base
from glassnet.studio.pages.backpropagation.course import Course
from glassnet.studio.pages.backpropagation.experiment import Experiment
from glassnet.studio.pages.backpropagation.panels import ExamplePanel, HistoryPanel, NetworkPanel
from glassnet.studio.pages.backpropagation.setup import PRESETS, Setup
from glassnet.studio.picture_element import PictureElement
from glassnet.studio.timeline_bar import TimelineBar
from glassnet.widgets import Backpropagation


class Page(Base):
    """The picture of the steps, and below it what can be chosen.

    Attributes: `experiment`, the network with its example and all that was done; `picture`, what is seen of it.
    """

    def __init__(self, session, query=None):
        super().__init__(session, query)
        setup, problems = Setup.from_query(self.query)
        self.tell_of_address(problems)
        self.experiment = Experiment.from_setup(setup)
        self.picture = self._course = None
        self.data = None

    @property
    def setup(self):
        """What was chosen; None for a model from Python."""
        return self.experiment.setup

    # -- a model from Python -------------------------------------------------------------------------------------

    @classmethod
    def accepts(cls, model, data):
        """Small networks of dense layers, compiled."""
        if not getattr(model, "compiled", False):
            return False
        try:
            Walkthrough(model.trace(*_first(model, data)))
        except ValueError:
            return False
        return True

    def show(self, model, data):
        self.data = data
        self.experiment = Experiment.on_copy_of(model, *_first(model, data))

    def take(self, number):
        """Shows another example of the data from Python."""
        x, y = self.data
        self.experiment = Experiment.on_copy_of(self.experiment.model, x[number], y[number])
        self.changed()

    # -- drawing -------------------------------------------------------------------------------------------------

    def build(self):
        with ui.element("div").classes("gn-row gn-spread"):
            with ui.element("div").classes("gn-heading"):
                ui.label(self.t("backpropagation.title")).classes("gn-title").props("role=heading aria-level=1")
                ui.label(self.t("backpropagation.about")).classes("gn-about")
            names = {name: self.t(f"backpropagation.presets.{name}") for name in PRESETS}
            self.preset = controls.choice(self.t, "backpropagation.presets", names, self._preset(), self._choose)
        old = self.picture
        kept = {} if old is None else {name: getattr(old, name) for name in ("position", "grain", "selected")}
        self.picture = Backpropagation(
            self.experiment.trace, self.session.language, editable=True, trains=True, whole_page=True, **kept
        )
        self.picture.observe(lambda change: self.edit(**change["new"]), "edited")
        self.picture.observe(lambda _: self.step(), "made")
        PictureElement(self.picture).classes("gn-wide")
        columns = "grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr))"
        with ui.element("div").classes("gn-columns").style(columns):
            self.network, self.example, self.history = NetworkPanel(self), ExamplePanel(self), HistoryPanel(self)
        TimelineBar(self, self.course)

    def course(self):
        """The experiment as the timeline sees it."""
        if self._course is None or self._course.states is not self.experiment.states:
            self._course = Course(self.experiment, self.go_back, self.step)
        return self._course

    def _preset(self):
        return next((name for name, setup in PRESETS.items() if setup == self.setup), None)

    def _choose(self, event):
        if event.value is not None and PRESETS[event.value] != self.setup:
            self.set_up(PRESETS[event.value])

    def changed(self, position=0):
        """Shows the experiment as it is now."""
        self.picture.show(self.experiment.trace, position)
        if self.setup is not None:  # first, as the panels may replace the control that led here
            self.set_address(self.setup.query())
        self.preset.value = self._preset()
        for panel in (self.network, self.example, self.history):
            panel.refresh()

    # -- what can be done ----------------------------------------------------------------------------------------

    def set_up(self, setup):
        """Begins anew with another network, or with the same one and another example or loss."""
        same = self.setup is not None and (setup.layers, setup.seed, len(setup.x)) == (
            self.setup.layers, self.setup.seed, len(self.setup.x),
        )  # fmt: skip
        weights = self.experiment.model.get_weights()
        experiment = Experiment.from_setup(setup)
        if same:
            experiment.go_on_from(weights)
        self.experiment = experiment
        self.changed(self.picture.position if same else 0)

    def step(self, times=1):
        """Makes the step that the picture shows, and goes on with the new weights."""
        for _ in range(times):
            if not self.experiment.finite:
                controls.complain(self.t("backpropagation.diverged"))
                break
            if self.experiment.full:
                controls.complain(self.t("backpropagation.full"))
                break
            self.experiment.step()
        self.changed()

    def edit(self, reference, value, count=0):
        """A new value for a weight, a bias, an input or a target, from the picture or a panel."""
        try:
            self.experiment.edit(reference, value)
        except ValueError as error:
            controls.complain(error)
            return
        x, y = self.experiment.x, self.experiment.y
        if self.setup is not None and reference.startswith(("input", "target")):
            example = {"x": tuple(map(float, x)), "y": tuple(map(float, y))}
            self.set_up(self.setup.changed(**example))
        else:
            self.changed(self.picture.position)

    def set_rate(self, rate):
        """Gives the optimiser another learning rate."""
        self.experiment.set_rate(rate)
        if self.setup is not None:
            self.experiment.setup = self.setup.changed(rate=rate)
        self.changed(self.picture.position)

    def go_back(self, place):
        """Goes to a state that was kept."""
        first, last = sorted((place, self.experiment.place))
        undone = {state.done for state in self.experiment.states[first + 1 : last + 1]}
        self.experiment.go_back(place)
        if self.setup is not None:
            self.experiment.setup = self.setup.changed(rate=self.experiment.rate)
        self.changed(0 if "step" in undone else self.picture.position)


def _first(model, data):
    """The first example of the data, or one of halves whose target is the first class."""
    if data is not None:
        return data[0][0], data[1][0]
    outputs = model.output_shape[1:]
    target = np.zeros(outputs, np.float32)
    target.flat[:1] = 1.0
    return np.full(model.input_shape[1:], 0.5, np.float32), target
