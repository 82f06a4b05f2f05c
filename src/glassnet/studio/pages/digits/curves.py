"""How well the network reads while it learns: accuracy and loss, of examples it learns from and of others."""

import time
from bisect import bisect_right

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.curve import Curve

EXAMPLES = 10_000
"""Of each kind that are measured on."""
EVERY, LATEST = 0.25, 1.0
"""Seconds between two measurements: at least, and at most where one takes so long that it would hinder the training."""


class Record:
    """Points of the learning curves. Going back in the training and then on forgets what comes after.

    Attributes: `steps`, and `values`: `{"train_loss", "test_loss", "train_accuracy", "test_accuracy"}`, lists as long.
    """

    NAMES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")

    def __init__(self):
        self.steps, self.values = [], {name: [] for name in self.NAMES}

    def is_new(self, step):
        """Whether a step comes after all that were measured."""
        return not self.steps or step > self.steps[-1]

    def add(self, step, **measured):
        """Notes what was measured after a step. A step that is there already was measured before, with the same outcome."""
        place = bisect_right(self.steps, step)
        if place and self.steps[place - 1] == step:
            return
        del self.steps[place:]
        self.steps.append(step)
        for name, values in self.values.items():
            del values[place:]
            values.append(measured[name])


class CurveCard:
    """The learning curves, measured aside on a copy of the network while it learns."""

    def __init__(self, page):
        self.page, self._next = page, 0.0
        t = page.t
        with controls.card(t("digits.curves"), "gn-digits-curves"), ui.element("div").classes("gn-digits-pair"):
            self.accuracy = Curve(label=t("digits.curves.accuracy"), x_label=t("digits.curves.step"), percent=True, height=190)
            self.loss = Curve(label=t("digits.curves.loss"), x_label=t("digits.curves.step"), height=190)
            for curve in (self.accuracy, self.loss):
                with ui.element("div"):
                    ui.label(curve.label).classes("gn-label")
                    PictureElement(curve)
        self._drawn = -1
        self.draw()

    async def measure(self, state):
        """Measures where the training stands, if it is time to."""
        if state.seen is None:
            return
        if not state.playing and not self.page.record.is_new(state.step):  # gone back, and perhaps forward again
            if state.number != self._drawn:
                self._drawn = state.number
                self.draw(state.step)
            return
        if state.playing and time.perf_counter() < self._next:
            return
        begun, page, record = time.perf_counter(), self.page, self.page.record
        measured = await page.aside(_measured, state.seen)
        self._next = time.perf_counter() + min(max(EVERY, 10 * (time.perf_counter() - begun)), LATEST)
        if record is page.record:  # else a new network has begun
            record.add(state.step, **measured)
            self.draw(state.step)

    def draw(self, step=None):
        record, t = self.page.record, self.page.t
        train, test = t("digits.curves.train"), t("digits.curves.test")
        for curve, kind in ((self.accuracy, "accuracy"), (self.loss, "loss")):
            lines = {train: (record.steps, record.values[f"train_{kind}"]), test: (record.steps, record.values[f"test_{kind}"])}
            curve.show(lines, dashed=[train], colours={train: "muted", test: "ink"})
            curve.mark = float(step) if step is not None and record.steps and step < record.steps[-1] else None


def _measured(bench):
    """Loss and accuracy on some of the examples of each kind."""
    found, material = {}, bench.material
    for kind, x, y in (("train", material.x, material.y), ("test", material.x_test, material.y_test)):
        loss, accuracy = bench.measure(x[:EXAMPLES], y[:EXAMPLES])
        found |= {f"{kind}_loss": loss, f"{kind}_accuracy": accuracy}
    return found
