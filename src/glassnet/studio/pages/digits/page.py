"""The page: what belongs to one session, and how the parts are laid out."""

import asyncio
import time
from pathlib import Path

import numpy as np
from nicegui import ui

from glassnet.inspect.connections import connections
from glassnet.inspect.probe import Probe
from glassnet.studio import controls
from glassnet.studio.page import Page as Base
from glassnet.studio.pages.digits.answers import AnswerCard
from glassnet.studio.pages.digits.curves import CurveCard, Record
from glassnet.studio.pages.digits.material import SIDE, material_for, mnist
from glassnet.studio.pages.digits.mistakes import MistakesView
from glassnet.studio.pages.digits.network import NetworkCard
from glassnet.studio.pages.digits.noise import NoiseView
from glassnet.studio.pages.digits.pad import PadCard, test_sheet
from glassnet.studio.pages.digits.reader import Reader, look
from glassnet.studio.pages.digits.settings import SettingsCard
from glassnet.studio.pages.digits.setup import Setup
from glassnet.studio.pages.digits.weights import WeightsCard
from glassnet.studio.pages.digits.wishes import WishesView
from glassnet.studio.pages.digits.without import WithoutView
from glassnet.studio.timeline_bar import TimelineBar
from glassnet.studio.training_bar import TrainingBar
from glassnet.studio.turns import give_way

FIRST = 3
"""The picture of the test that lies on the pad at first."""
SPEED = 100
"""Steps a second at first: slow enough to see it learn, and past 90 % within seconds."""
VIEWS = {"mistakes": MistakesView, "wishes": WishesView, "noise": NoiseView, "without": WithoutView}
BLANK = np.zeros((SIDE, SIDE), np.uint8)
STYLE = Path(__file__).with_name("style.css")


class Page(Base):
    """Digits.

    Attributes:
        setup: `Setup`; None for a model from Python.
        material: `Material`.
        training: `TrainingThread`.
        reader, bench: `Reader`s: the one that reads the pad, and the one that measures aside.
        record: `Record` of the learning curves.
        sheet: `Sheet` on the pad.
        selected: The neuron that is chosen, "column/unit" or "".
        way, whose, view: What is shown: connections, wishes, and the view at the foot.
    """

    def __init__(self, session, query=None):
        super().__init__(session, query)
        self.way, self.whose, self.view = "answer", "one", "mistakes"
        self.training = None
        self._aside, self._plays = asyncio.Lock(), False
        self.sheet = None

    @classmethod
    def accepts(cls, model, data):
        """Whether it is a compiled classifier of pictures of 28 x 28 pixels."""
        shape = tuple(model.input_shape[1:])
        if shape not in ((784,), (28, 28), (28, 28, 1)) or not model.compiled or model.loss is None:
            return False
        try:
            probe = Probe(model, 1)
            probe.confidences(probe(np.zeros((1, *shape), model.dtype)))
        except ValueError:  # it does not say how sure it is
            return False
        classes = model.output_shape[-1]
        if data is None:
            return classes == 10
        x, y = (np.asarray(part) for part in data)
        return classes > 1 and x.shape[1:] == shape and len(x) >= 6 and len(y) == len(x)

    @classmethod
    def prepare(cls):
        material = mnist()
        sheet, reader = test_sheet(material, FIRST), Reader(Setup().build(), material)
        connections(reader.read(sheet.grey, sheet.truth).trace, 0)

    def show(self, model, data):
        self.setup, self.material = None, material_for(model, data)
        self._begin(model)

    def _begin(self, model):
        """A network in place of the one before."""
        material, before = self.material, self.training
        self.reader, self.bench = Reader(model, material), Reader(model, material)
        self.seen = look(model)
        self.reader.update(self.seen)
        self.training = self.session.train(
            model,
            material.x,
            self.reader.labels(material.y),
            batch_size=self.setup.batch_size if self.setup else 32,
            validation_data=(material.x_test, self.reader.labels(material.y_test)),
            look=look,
            replaces=before,
        )
        self.training.speed = before.speed if before else SPEED
        self.record, self.selected = Record(), ""
        self.sheet = self.sheet or test_sheet(material, FIRST)

    def restart(self, setup):
        """Begins anew with other settings. Raises `ValueError` where the network is larger than a session may have."""
        model, playing = setup.build(), self.training.playing
        self.session.limits.check(model, self.material.x)
        self.setup = setup
        self._begin(model)
        self._build_body()
        self.set_address(setup.to_query())
        if playing:
            self.training.play()

    def reset(self):
        """Begins anew with the same settings, or with the weights that the model from Python had."""
        if self.setup:
            self.restart(self.setup)
        else:
            self.training.rewind(self.training.timeline.steps[0])

    async def aside(self, work, seen, off=(), *arguments):
        """Calls `work(bench, *arguments)` in another thread, with the network as `look` saw it and some neurons off."""
        async with self._aside:
            return await asyncio.to_thread(_on_bench, self.bench, seen, list(off), work, arguments)

    # -- the page ------------------------------------------------------------------------------------------------------------

    def build(self):
        t = self.t
        if self.training is None:
            self.setup, problems = Setup.from_query(self.query)
            self.tell_of_address(problems)
            self.material = mnist()
            self._begin(self.setup.build())
            self._plays = True  # once its first picture is there
        ui.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>", sanitize=False).style("display:none")
        with ui.element("div").classes("gn-heading"):
            ui.label(t("digits.title")).classes("gn-title").props("role=heading aria-level=1")
            ui.label(t("digits.about")).classes("gn-about")
        bar = TrainingBar(self, lambda: self.training, self.reset)
        self.settings = SettingsCard(self, bar.row)
        self.body = ui.element("div").classes("gn-stack")
        TimelineBar(self, lambda: self.training)
        self.closer = ui.element("div").classes("gn-stack")
        self._build_body()
        self.tick(0.033, self._draw)
        self.tick(0.1, self._measure)
        self.tick(0.15, self._show_weights)
        self.tick(0.05, self._look_closer)

    def _build_body(self):
        self._number, self._old = -1, False
        self.body.clear()
        with self.body, ui.element("div").classes("gn-digits-main"):
            self.pad = PadCard(self)
            self.network = NetworkCard(self)
            self.answer = AnswerCard(self)
        self.closer.clear()
        with self.closer:
            with ui.element("div").classes("gn-digits-second"):
                self.curves = CurveCard(self)
                self.weights = None if self.reader.first_weights() is None else WeightsCard(self)
            with controls.card(classes="gn-digits-views"):
                views = {name: self.t(f"digits.{name}") for name in VIEWS if name != "without" or self.reader.dense}
                controls.choice(self.t, "digits.views", views, self.view, lambda event: self._open(event.value))
                self.place = ui.element("div").classes("gn-stack")
        self._show()
        self._show_weights()
        self._open(self.view)

    def _open(self, view):
        self.view = view
        self.place.clear()
        with self.place:
            self.shown = VIEWS[view](self)
        self._old, self._due = True, 0.0

    # -- what changes ----------------------------------------------------------------------------------------------------------

    def _draw(self):
        """Shows the newest state of the training."""
        state = self.training.state
        if state.number != self._number:
            self._number = state.number
            if state.seen is not None:
                self.seen = state.seen
                self.reader.update(self.seen)
            self._old = True
            self._show()

    async def _measure(self):
        """Measures, and begins to play: nothing of that delays the first picture."""
        if self.network.element.seen:
            await self.curves.measure(self.training.state)
            if self._plays:
                self._plays = False
                self.training.play()

    async def _look_closer(self):
        """Brings the view at the foot up to date, if it is time to."""
        if self._old and self.network.element.seen and time.perf_counter() >= self._due:
            self._old, view = False, self.shown
            await view.update(self.seen)
            self._due = time.perf_counter() + view.every

    @property
    def grey(self):
        """The picture on the pad; blank where there is none."""
        return BLANK if self.sheet.grey is None else self.sheet.grey

    def _show(self):
        """Draws what follows from network and pad at once."""
        self.reading = self.reader.read(self.grey, self.sheet.truth)
        self.network.show(self.reading)
        self.answer.show(self.reading)

    def _show_weights(self):
        """They change slowly, and are the most that the browser has to draw: not with every picture."""
        if self.weights is not None and self.weights.of != (self._number, self.selected):
            self.weights.of = self._number, self.selected
            self.weights.show()

    def refresh(self):
        """Draws everything anew, the view at the foot too."""
        self._show()
        if self.weights is not None:
            self.weights.show()
        self._old, self._due = True, 0.0

    def sheet_changed(self):
        """Another picture lies on the pad, or its right answer became known."""
        self._show()
        if self.view == "wishes":
            self.refresh()

    def select(self, neuron):
        """Chooses a neuron, "column/unit" or ""."""
        self.selected = neuron
        self._show()
        self._show_weights()

    def switched(self):
        """Neurons were switched off or on."""
        self.refresh()


def _on_bench(bench, seen, off, work, arguments):
    give_way()
    bench.update(seen)
    bench.off = off
    return work(bench, *arguments)
