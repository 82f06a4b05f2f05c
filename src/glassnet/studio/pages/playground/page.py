"""The playground: what is set up, the training of it, and the pictures that show it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
from nicegui import ui

from glassnet.preprocessing import PointFeatures
from glassnet.studio import controls
from glassnet.studio.page import Page as Base
from glassnet.studio.pages.playground.data_card import DataCard
from glassnet.studio.pages.playground.look import SIDE, Look
from glassnet.studio.pages.playground.network import denses, fits, make_model, one_hot, setting_of
from glassnet.studio.pages.playground.network_card import NetworkCard
from glassnet.studio.pages.playground.output_card import OutputCard
from glassnet.studio.pages.playground.points import given_points, make_points
from glassnet.studio.pages.playground.setting import FEATURES, TABLE, read, tidy
from glassnet.studio.pages.playground.training_card import TrainingCard
from glassnet.studio.timeline_bar import TimelineBar
from glassnet.studio.training_bar import TrainingBar

STYLE = Path(__file__).with_name("playground.css")
FRAME = 0.033
"""Seconds between two pictures."""


class Page(Base):
    """The page of the playground.

    Attributes: `setting` (`Setting`), `points` (`Points`), `model`, `look` (`Look`), `training` (`TrainingThread`, or None where
    there are no points to learn from), `seen` (the newest `Seen`).
    """

    def __init__(self, session, query=None):
        super().__init__(session, query)
        self.setting, problems = read(self.query)
        self.tell_of_address(problems)
        if self.query.get("data") == TABLE and not self.query.get("table"):
            self.notices.append(self.t("playground.table.lost"))
        self.training = self.seen = None
        self.pen = 0
        self._shown, self._cursor, self._of_given = None, (None, -1), False
        try:
            self._start(self.setting)
        except ValueError as error:  # of a table's rows for training, nothing can be learnt
            self.notices.append(str(error))
            self._start(tidy(replace(self.setting, data="circle")))

    # -- what is set up ------------------------------------------------------------------------------------------------------

    def _start(self, setting, points=None, model=None):
        """Makes points, network and training anew, and goes on playing if it played. Raises `ValueError`, changing nothing."""
        points = make_points(setting) if points is None else points
        model = make_model(setting, points) if model is None else model
        look = Look(model, points)
        look.slopes = setting.show == "gradients"
        before, training = self.training, None
        playing, speed = (before.playing, before.speed) if before else (False, None)
        if len(points.train[0]):
            (x, y), test = points.arrays(one_hot(model, points.classes))
            arguments = {"batch_size": setting.batch, "validation_data": test, "look": look}
            training = self.session.train(model, x, y, replaces=before, **arguments)
            training.speed = speed
            if playing:
                training.play()
        elif before:
            self.session.stop(before)
        self.setting, self.points, self.model, self.look, self.training = setting, points, model, look, training
        self.seen = look(model) if training is None else None
        self._shown, self._cursor = None, (None, -1)

    def change(self, **changes):
        """Sets something up differently and begins anew. Returns whether it could be done; if not, the page says why."""
        return self._try(tidy(replace(self.setting, **changes)))

    def _try(self, setting, **parts):
        try:
            self._start(setting, **parts)
        except ValueError as error:
            controls.complain(error)
            self.refresh()
            return False
        self._of_given = bool(parts)
        self.refresh()
        self.set_address(self.setting.query())
        return True

    def take(self, model, **parts):
        """Goes on with a model from elsewhere: a file, Python, or a cure."""
        return self._try(setting_of(model, self.setting), model=model, **parts)

    def set_rate(self, rate):
        """Another learning rate, without beginning anew."""
        self.setting = replace(self.setting, rate=rate)
        if self.training is not None:
            self.training.do(lambda model: setattr(model.optimizer, "learning_rate", rate))
        self.set_address(self.setting.query())

    def set_view(self, **changes):
        """Shows the same differently."""
        self.setting = replace(self.setting, **changes)
        self.look.slopes = self.setting.show == "gradients" or self.look.example is not None
        self.output.show_view()
        self.network.show_view()
        self.look_again()
        self.set_address(self.setting.query())

    def reset(self):
        """The same network with the same starting weights."""
        self.change()

    @classmethod
    def accepts(cls, model, data):
        features = model.preprocessing if isinstance(model.preprocessing, PointFeatures) else None
        if not fits(model, 2 if features is None else len(features.formulas)):
            return False
        return data is None or np.ndim(data[0]) == 2 and np.shape(data[0])[1] == 2

    def show(self, model, data):
        features = model.preprocessing if isinstance(model.preprocessing, PointFeatures) else PointFeatures(["x", "y"])
        outputs = denses(model)[-1].units
        sigmoid = outputs == 1 and denses(model)[-1].activation.name == "sigmoid"
        classes = outputs if outputs > 1 else 2 * sigmoid
        points = None
        if data is not None:
            x, y = (np.asarray(array) for array in data)
            y = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y))
            points = given_points(x, y.astype(np.int64) if classes else y.astype(np.float32), features, classes)
        setting = setting_of(model, replace(self.setting, features=tuple(features.formulas)))
        if points is None:
            points = make_points(setting)
        self._start(tidy(setting), points, model)
        self._of_given = True

    # -- the page ------------------------------------------------------------------------------------------------------------

    def build(self):
        ui.add_css(STYLE)
        with ui.element("div").classes("gn-heading"):
            ui.label(self.t("playground.title")).classes("gn-title").props("role=heading aria-level=1")
            ui.label(self.t("playground.about")).classes("gn-about")
        self.bar = TrainingBar(self, lambda: self.training, self.reset, example=self.step_example)
        with ui.element("div").classes("gn-columns gn-playground"):
            with ui.element("div").classes("gn-stack gn-playground-data"):
                self.data = DataCard(self)
            with ui.element("div").classes("gn-stack gn-playground-network"):
                self.network = NetworkCard(self)
                TimelineBar(self, lambda: self.training)
                self.settings = TrainingCard(self)
            with ui.element("div").classes("gn-stack gn-playground-output"):
                self.output = OutputCard(self)
        self.refresh()
        self.tick(FRAME, self._update)
        self.tick(0.5, self.output.show_figures)

    def refresh(self):
        """Shows anew what is set up, on all cards."""
        self.data.show()
        self.settings.show()
        self.network.show()
        self.output.show()
        self._update()

    def formulas(self):
        """All features there are to choose from."""
        return tuple(dict.fromkeys((*FEATURES, *self.setting.own, *self.points.features.formulas)))

    def _update(self):
        """Shows the newest state, if it is another one than before."""
        if self.training is not None:
            state = self.training.state
            if state is self._shown or state.seen is None:
                return
            self._shown, self.seen = state, state.seen
            if self.look.example is not None and (state.playing or state.step != self._cursor[0]):
                self.unmark()
        if self.seen is not None:
            self.network.show_seen(self.seen)
            self.output.show_seen(self.seen)

    def look_again(self):
        """Has the network looked at once more, because something else of it is wanted."""
        if self.training is None:
            self.seen = self.look(self.model)
            self._update()
        else:
            self.training.do(lambda model: None)

    # -- single examples, neurons and numbers ----------------------------------------------------------------------------------

    async def step_example(self):
        """Shows what the next example of the batch wants; after the last one the step is made."""
        training = self.training
        if training is None:
            return
        training.pause()
        step, batch = await asyncio.wrap_future(training.do(lambda model: self._next_batch(model, training)))
        at = self._cursor[1] + 1 if self._cursor[0] == step else 0
        if at < len(batch):
            self.mark(int(batch[at]), step, at)
            self.output.say(self.t("playground.example", number=at + 1, count=len(batch)))
        else:
            self.unmark()
            training.step("batch")

    @staticmethod
    def _next_batch(model, training):
        order = model.epoch_order(len(training.data[0]))
        first = training.current.batch % training.batches * training.batch_size
        return int(model.optimizer.steps), order[first : first + training.batch_size]

    def mark(self, example, step=None, at=-1):
        """Shows the derivatives that come from one training point alone."""
        self._cursor = (int(self.model.optimizer.steps) if step is None else step, at)
        self.look.example, self.look.slopes = example, True
        self.output.mark(self.points.train[0][example])
        self.network.show_view()
        self.look_again()

    def unmark(self):
        """Back to the derivatives of all training points."""
        self.look.example, self.look.slopes, self._cursor = None, self.setting.show == "gradients", (None, -1)
        self.output.mark(None)
        self.network.show_view()

    def choose(self, neuron):
        """Shows a neuron `(layer, unit)` large in place of the output; None for the output."""
        self.look.chosen = neuron
        self.output.show_chosen()
        self.look_again()

    def edit(self, index, value):
        """Sets one number of the network."""

        def put(model):
            model.params.array[index] = value

        if 0 <= index < self.model.params.array.size and np.isfinite(value):
            if self.training is None:
                put(self.model)
                self.look_again()
            else:
                self.training.edit(put)

    def feature_field(self, number):
        """A feature over the plane, as `uint8` (SIDE * SIDE)."""
        return self.network.feature_levels(self.formulas()[number], SIDE)
