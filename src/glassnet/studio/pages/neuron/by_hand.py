"""One neuron by hand: weights and bias as sliders, every activation, and the line it draws in the plane."""

import asyncio

import numpy as np
from nicegui import ui

from glassnet import layers
from glassnet.inspect.activation_curve import activation_curve
from glassnet.models import Sequential
from glassnet.perceptron import Perceptron
from glassnet.studio import controls
from glassnet.studio.address import read_choice, read_number, written
from glassnet.studio.controls import number_text
from glassnet.studio.pages.neuron.view import places, shades, signed, sum_of_products
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.activation_curves import ActivationCurves
from glassnet.widgets.decision_plane import DecisionPlane

ACTIVATIONS = (
    "step", "sigmoid", "tanh", "relu", "linear", "hard_sigmoid", "leaky_relu", "elu", "selu", "relu6", "gelu", "silu", "mish",
    "softplus", "softsign", "exponential",
)  # fmt: skip
READERS = {name: read_number(-5.0, 5.0) for name in ("w1", "w2", "b")} | {
    "steepness": read_number(-3.0, 4.0),
    "activation": read_choice(ACTIVATIONS),
    "notation": read_choice(("bias", "threshold")),
}
USUAL = {"w1": 1.0, "w2": 1.0, "b": -0.5, "steepness": 0.0, "activation": "sigmoid", "notation": "bias"}
RANGE = (-3.0, 3.0)
GRID = places(RANGE, RANGE)
Z = np.linspace(-6, 6, 193)


def curves():
    """The values and slopes of all activations, (n, S) each."""
    values, slopes = zip(*(activation_curve(name, Z) for name in ACTIVATIONS), strict=True)
    return np.stack(values), np.stack(slopes)


class ByHand:
    """Sliders, the plane, and the activation.

    Arguments:
        page: The `Page` around it, whose address says how it is set up.
    """

    def __init__(self, page):
        self.page, self.t = page, page.t
        said = page.read(READERS, USUAL)
        self.weights, self.bias = [said["w1"], said["w2"]], said["b"]
        self.steepness, self.activation = said["steepness"], said["activation"]
        self.threshold = said["notation"] == "threshold"
        self.probe = [1.0, 1.0]

    def query(self):
        """What belongs into the address."""
        return {
            "w1": written(self.weights[0]),
            "w2": written(self.weights[1]),
            "b": written(self.bias),
            "steepness": written(self.steepness),
            "activation": self.activation,
            "notation": "threshold" if self.threshold else "bias",
        }

    def build(self):
        t = self.t
        with ui.element("div").classes("gn-columns gn-neuron"):
            with controls.card(t("neuron.hand.neuron")):
                for i, name in enumerate(("w1", "w2")):
                    controls.slider(
                        t, f"neuron.hand.{name}", self.weights[i], -5, 5, 0.1, lambda e, i=i: self._weight(i, e.value)
                    )
                notations = {False: t("neuron.bias"), True: t("neuron.threshold")}
                controls.choice(t, "neuron.notation", notations, self.threshold, lambda event: self._notation(event.value))
                self.offset = ui.element("div")
                self._build_offset()
                controls.slider(
                    t, "neuron.hand.steepness", self.steepness, -3, 4, 0.1, self._steepness, lambda power: f"× {2**power:.3g}"
                )
                with ui.element("div").classes("gn-formula").props("aria-live=polite"):
                    self.sum = ui.label("").classes("gn-mono")
                    self.answer = ui.label("").classes("gn-mono")
                    self.slope = ui.label("").classes("gn-mono")
                ui.label(t("neuron.hand.steep")).classes("gn-muted gn-small")
            with controls.card(t("neuron.hand.plane")):
                self.plane = DecisionPlane(
                    label=t("neuron.hand.plane.help"), x_range=[*RANGE], y_range=[*RANGE], probe=self.probe
                )
                controls.described(PictureElement(self.plane).classes("gn-wide"), t, "neuron.hand.plane")
                self.plane.observe(lambda change: self._probe(change["new"]), "probe")
            with controls.card(t("neuron.hand.activation")):
                words = {"value": t("neuron.hand.value"), "slope": t("neuron.hand.slope")}
                self.curves = ActivationCurves(label=t("neuron.hand.activation.help"), words=words, chosen=self.activation)
                controls.described(PictureElement(self.curves).classes("gn-wide"), t, "neuron.hand.activation")
                self.curves.observe(lambda change: self._choose(change["new"]), "chosen")
        self._model()
        self._show()
        ui.timer(0, self._show_curves, once=True)

    async def _show_curves(self):
        """Those of all activations; where their kernels have to be compiled first, that takes a while."""
        found = await asyncio.to_thread(curves)
        if found is None:  # the studio ends
            return
        values, slopes = found
        self.curves.names, self.curves.z_range = list(ACTIVATIONS), [Z[0], Z[-1]]
        self.curves.values, self.curves.slopes = values, slopes

    def _build_offset(self):
        self.offset.clear()
        sign, key = (-1, "neuron.threshold") if self.threshold else (1, "neuron.bias")
        with self.offset:
            controls.slider(self.t, key, sign * self.bias, -5, 5, 0.1, lambda event: self._set("bias", sign * event.value))

    def _set(self, name, value):
        setattr(self, name, value)
        self._show()

    def _weight(self, number, value):
        self.weights[number] = value
        self._show()

    def _steepness(self, event):
        self._set("steepness", event.value)

    def _notation(self, threshold):
        self.threshold = threshold
        self._build_offset()
        self._show()

    def _choose(self, activation):
        if activation in ACTIVATIONS:
            self.activation = activation
            self._model()
            self._show()

    def _probe(self, probe):
        if len(probe) == 2:
            self.probe = probe
            self._show()

    # -- what it answers -------------------------------------------------------------------------------------------------------

    def _model(self):
        self.model = Sequential([layers.Input((2,)), layers.Dense(1, activation=self.activation, name="neuron")])

    def _show(self):
        scale = 2.0**self.steepness
        weights, bias = [scale * weight for weight in self.weights], scale * self.bias
        self.model.set_weights([np.array(weights).reshape(2, 1), np.array([bias])])
        middle = 0.5 if self.activation == "step" else float(activation_curve(self.activation, [0.0])[0][0])
        self.plane.field = shades(self.model.predict(GRID, batch_size=len(GRID), verbose=0), middle)
        self.plane.line = [*weights, bias]
        z = Perceptron(weights=weights, bias=bias).decision(self.probe)
        a, slope = (float(numbers[0]) for numbers in activation_curve(self.activation, [z]))
        self.curves.at = [z, a, slope]
        products = sum_of_products(weights, ("x₁", "x₂"))
        if self.threshold:
            relation = ">" if z > 0 else "≤"
            self.sum.text = f"{products} = {number_text(z - bias, '.3f')} {relation} {number_text(-bias, '.4g')}"
        else:
            self.sum.text = f"z = {products} {signed(bias)} = {number_text(z, '.3f')}"
        self.answer.text = f"a = {self.activation}({number_text(z, '.3f')}) = {number_text(a, '.3f')}"
        self.slope.text = f"a′ = {number_text(slope, '.3f')}"
