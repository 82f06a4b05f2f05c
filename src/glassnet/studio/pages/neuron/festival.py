"""Shall I go to the cheese festival? One perceptron decides, with weights set by hand.

After the first chapter of M. Nielsen, Neural Networks and Deep Learning (2015).
"""

import itertools

import numpy as np
from nicegui import ui

from glassnet.perceptron import Perceptron
from glassnet.studio import controls
from glassnet.studio.address import read_number, written
from glassnet.studio.controls import number_text
from glassnet.studio.pages.neuron.view import sum_of_products
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.weighted_cases import WeightedCases

QUESTIONS = ("weather", "friend", "train")
READERS = {name: read_number(-10.0, 10.0) for name in QUESTIONS} | {"threshold": read_number(-12.0, 12.0)}
USUAL = {"weather": 6.0, "friend": 2.0, "train": 2.0, "threshold": 5.0}
CASES = np.array(list(itertools.product((0, 1), repeat=3)))


class Festival:
    """Three questions, their weights, a threshold, and what follows in all eight cases.

    Arguments:
        page: The `Page` around it, whose address says how it is set up.
    """

    def __init__(self, page):
        self.t = page.t
        said = page.read(READERS, USUAL)
        self.weights, self.limit = [said[name] for name in QUESTIONS], said["threshold"]

    def query(self):
        """What belongs into the address."""
        return dict(zip(USUAL, map(written, (*self.weights, self.limit)), strict=True))

    def build(self):
        t = self.t
        with ui.element("div").classes("gn-columns gn-two"):
            with controls.card(t("neuron.festival")):
                ui.label(t("neuron.festival.story"))
                for i, name in enumerate(QUESTIONS):
                    key = f"neuron.festival.{name}"
                    controls.slider(t, key, self.weights[i], -10, 10, 1, lambda event, i=i: self._weight(i, event.value))
                self.slider = controls.slider(t, "neuron.festival.threshold", self.limit, -12, 12, 1, self._threshold)
                with ui.element("div").classes("gn-row"):
                    controls.button(t, "neuron.festival.five", lambda: self._preset(5))
                    controls.button(t, "neuron.festival.three", lambda: self._preset(3))
                with ui.element("div").classes("gn-formula"):
                    self.as_threshold = ui.label("").classes("gn-mono")
                    self.as_bias = ui.label("").classes("gn-mono")
            with controls.card(t("neuron.festival.cases")):
                words = {word: t(f"neuron.festival.{word}") for word in ("yes", "no", "sum")}
                names = [t(f"neuron.festival.{name}.short") for name in QUESTIONS]
                self.cases = WeightedCases(label=t("neuron.festival.cases.help"), names=names, words=words, cases=CASES)
                controls.described(PictureElement(self.cases).classes("gn-wide"), t, "neuron.festival.cases")
                self.verdict = ui.label("").props("aria-live=polite")
        self._show()

    def _weight(self, number, value):
        self.weights[number] = value
        self._show()

    def _threshold(self, event):
        self.limit = event.value
        self._show()

    def _preset(self, limit):
        self.slider.value = limit

    def _show(self):
        perceptron = Perceptron(weights=self.weights, threshold=self.limit)
        fires = perceptron.predict(CASES)
        self.cases.weights, self.cases.threshold = [float(weight) for weight in self.weights], float(self.limit)
        self.cases.sums, self.cases.fires = perceptron.decision(CASES) + perceptron.threshold, fires
        products = sum_of_products(self.weights, ("x₁", "x₂", "x₃"))
        self.as_threshold.text = f"{products} > {number_text(self.limit, 'g')}"
        self.as_bias.text = f"{products} {'−' if self.limit >= 0 else '+'} {abs(self.limit):g} > 0"
        words = [self.t("neuron.festival.count", count=int(fires.sum()))]
        if (fires == CASES[:, 0]).all():
            words.append(self.t("neuron.festival.only_weather"))
        elif (fires == (CASES[:, 0] | (CASES[:, 1] & CASES[:, 2]))).all():
            words.append(self.t("neuron.festival.either"))
        self.verdict.text = " ".join(words)
