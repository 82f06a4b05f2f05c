"""The perceptron's rule, example by example; and XOR, which no single neuron learns."""

import asyncio

import numpy as np
from nicegui import ui

from glassnet import datasets
from glassnet.perceptron import Perceptron, separable
from glassnet.studio import controls
from glassnet.studio.address import read_choice, read_number, written
from glassnet.studio.controls import number_text
from glassnet.studio.pages.neuron.view import places, shades, signed, sum_of_products
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.decision_plane import DecisionPlane

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
TABLES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
SETS = (*TABLES, "gauss")
EPOCHS = 100
"""Epochs at most for "until it is right"."""


def examples(name):
    """`(x, y)` of a set of points."""
    if name in TABLES:
        return SQUARE, np.array(TABLES[name])
    (x, y), _ = datasets.find(name).load_data()
    return x[:100], y[:100]


class Rule:
    """One example after the other: what the perceptron says, what is right, and how weights and bias change.

    Arguments:
        page: The `Page` around it, whose address says how it is set up.
    """

    def __init__(self, page):
        self.page, self.t = page, page.t
        said = page.read({"set": read_choice(SETS), "rate": read_number(0.001, 100.0)}, {"set": "or", "rate": 1.0})
        self.name, self.rate = said["set"], said["rate"]
        self.reset()

    def query(self):
        """What belongs into the address."""
        return {"set": self.name, "rate": written(self.rate)}

    def reset(self):
        """From weights and bias of zero."""
        self.x, self.y = examples(self.name)
        self.perceptron = Perceptron(weights=[0, 0])
        self.turn, self.epoch, self.mistakes, self.past, self.last = 0, 1, 0, [], None

    def step(self):
        """Takes the next example and learns from it."""
        i, before = self.turn, (self.perceptron.weights.tolist(), self.perceptron.bias)
        said = int(self.perceptron.predict(self.x[i]))
        self.perceptron.fit(self.x[i : i + 1], self.y[i : i + 1], epochs=1, learning_rate=self.rate, verbose=0)
        self.mistakes += said != self.y[i]
        self.last = {"number": i, "said": said, "right": int(self.y[i]), "before": before}
        self.turn += 1
        if self.turn == len(self.x):
            self.past.append(self.mistakes)
            self.turn, self.epoch, self.mistakes = 0, self.epoch + 1, 0

    def finish_epoch(self):
        """Takes the rest of the examples of this epoch."""
        self.step()
        while self.turn:
            self.step()

    def until_right(self):
        """On to an epoch without a mistake, or through as many as make plain that there is none."""
        if self.turn:
            self.finish_epoch()
        if not self.learnt:
            self.perceptron.fit(self.x, self.y, epochs=EPOCHS, learning_rate=self.rate, verbose=0)
            self.past += self.perceptron.mistakes
            self.epoch += len(self.perceptron.mistakes)
            self.last = None

    @property
    def learnt(self):
        """Whether the last whole epoch had no mistake."""
        return bool(self.past) and self.past[-1] == 0

    # -- on the page ---------------------------------------------------------------------------------------------------------

    def build(self):
        t = self.t
        with ui.element("div").classes("gn-columns gn-two"):
            with controls.card(t("neuron.rule.plane")):
                self.plane = DecisionPlane(label=t("neuron.rule.plane.help"))
                controls.described(PictureElement(self.plane).classes("gn-wide"), t, "neuron.rule.plane")
            with controls.card(t("neuron.rule")) as card:
                ui.label(t("neuron.rule.story"))
                names = {name: t(f"neuron.rule.{name}") for name in SETS}
                controls.choice(t, "neuron.rule.set", names, self.name, self._choose)
                controls.number(t, "neuron.rule.rate", self.rate, self._rate, minimum=0.001, maximum=100)
                with ui.element("div").classes("gn-row"):
                    controls.button(t, "neuron.rule.next", self._next, icon="skip_next", primary=True)
                    controls.button(t, "neuron.rule.epoch", self._epoch, icon="fast_forward")
                    controls.button(t, "neuron.rule.until", self._until, icon="last_page")
                    controls.button(t, "neuron.rule.reset", self._reset, icon="replay")
                with ui.element("div").classes("gn-formula").props("aria-live=polite"):
                    self.lines = [ui.label("").classes("gn-mono") for _ in range(4)]
                self.count = ui.label("").classes("gn-muted")
                self.verdict = ui.label("").classes("gn-verdict").props("aria-live=polite")
                self.proof, self._proved = ui.element("div").classes("gn-proof").props("aria-live=polite"), None
        controls.keys(card, {"ArrowRight": self._next, "Shift+ArrowRight": self._epoch})
        self._show_examples()
        self._show()

    def _choose(self, event):
        self.name = event.value
        self.reset()
        self._show_examples()
        self._show()

    def _show_examples(self):
        low, high = (-0.75, 1.75) if self.name in TABLES else (-6.0, 6.0)
        self.grid = places((low, high), (low, high))
        self.plane.x_range = self.plane.y_range = [low, high]
        self.plane.points = np.column_stack([self.x, self.y])

    def _rate(self, event):
        if event.value:
            self.rate = float(event.value)

    def _reset(self):
        self.reset()
        self._show()

    def _next(self):
        self.step()
        self._show()

    def _epoch(self):
        self.finish_epoch()
        self._show()

    def _until(self):
        self.until_right()
        self._show()

    def _show(self):
        t, perceptron = self.t, self.perceptron
        weights, bias = perceptron.weights.tolist(), perceptron.bias
        self.plane.field = shades(perceptron.predict(self.grid), 0.5, 0.5)
        self.plane.line = [*weights, bias]
        self.plane.marked = -1 if self.last is None else self.last["number"]
        lines = [f"z = {sum_of_products(weights, ('x₁', 'x₂'))} {signed(bias)}"]
        if self.last is not None:
            x, error = self.x[self.last["number"]].tolist(), self.last["right"] - self.last["said"]
            before = ", ".join(number_text(number, ".4g") for number in (*self.last["before"][0], self.last["before"][1]))
            after = ", ".join(number_text(number, ".4g") for number in (*weights, bias))
            place = ", ".join(number_text(v, ".3g") for v in x)
            lines.append(t("neuron.rule.says", x=place, said=self.last["said"], right=self.last["right"]))
            lines.append(f"w ← w + {self.rate:g} · ({self.last['right']} − {self.last['said']}) · x")
            lines.append(f"({before}) → ({after})" if error else t("neuron.rule.stays"))
        for label, text in zip(self.lines, [*lines, "", "", ""], strict=False):
            label.text = text
        past = ", ".join(map(str, self.past[-12:])) or "–"
        self.count.text = t("neuron.rule.mistakes", epoch=self.epoch, past=past)
        self.verdict.text = t("neuron.rule.learnt", epoch=len(self.past)) if self.learnt else ""
        if self.learnt or not self.past:
            self._proved = None
            self.proof.clear()
        with self.proof:
            ui.timer(0, self._show_proof, once=True)

    async def _show_proof(self):
        """Once three epochs brought nothing: whether a line exists at all, and for XOR why not."""
        needed = not self.learnt and len(self.past) >= 3
        if not needed or self._proved == self.name:
            return
        self._proved = self.name
        possible = await asyncio.to_thread(separable, self.x, self.y)
        if possible is None or self.proof.is_deleted or self._proved != self.name:
            return
        with self.proof:
            if possible:
                ui.label(self.t("neuron.rule.more"))
            else:
                ui.label(self.t("neuron.rule.never")).classes("gn-verdict")
            if self.name == "xor":
                for line in self.t("neuron.rule.proof").strip().split("\n"):
                    ui.label(line)
