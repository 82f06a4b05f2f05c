"""Rain or not? One neuron learns from real weather; and what its accuracy is worth."""

import numpy as np
from nicegui import ui

from glassnet import datasets, layers
from glassnet.models import Sequential
from glassnet.studio import controls
from glassnet.studio.pages.neuron.view import places, shades
from glassnet.studio.picture_element import PictureElement
from glassnet.studio.timeline_bar import TimelineBar
from glassnet.studio.training_bar import TrainingBar
from glassnet.widgets.decision_plane import DecisionPlane

TEMPERATURE, PRESSURE = (-14.0, 34.0), (988.0, 1044.0)
GRID = places(TEMPERATURE, PRESSURE)


class Weather:
    """One logistic neuron on temperature and pressure, trained live.

    Arguments:
        page: The `Page` around it.
    """

    def __init__(self, page):
        self.page, self.t = page, page.t
        (self.x, self.y), self.test = datasets.weather.load_data()
        self.training, self._shown = None, None
        self.reset()

    def query(self):
        """What belongs into the address."""
        return {}

    def reset(self):
        """From weights of zero."""
        scaling = layers.Normalization(name="standardised")
        scaling.adapt(self.x)
        neuron = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", name="neuron")
        model = Sequential([layers.Input((2,)), scaling, neuron], name="weather")
        model.seed = 1
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        self.training = self.page.session.train(
            model, self.x, self.y, batch_size=32, validation_data=self.test, look=self._look, replaces=self.training
        )

    def _look(self, model):
        """The answer over the plane, the decision line, and loss and accuracy on the test days."""
        kernel, bias = (weights.astype(np.float64) for weights in model.get_layer("neuron").get_weights())
        scaling = model.get_layer("standardised")
        mean, spread = np.ravel(scaling.mean), np.sqrt(np.ravel(scaling.variance))
        weights = kernel[:, 0] / spread  # the line in degrees and hectopascals
        return {
            "field": shades(model.predict(GRID, batch_size=len(GRID), verbose=0), 0.5, 0.5),
            "line": [*weights.tolist(), float(bias[0] - weights @ mean)],
            "test": model.evaluate(*self.test, verbose=0, return_dict=True),
        }

    def build(self):
        t = self.t
        TrainingBar(self.page, lambda: self.training, self.reset)
        with ui.element("div").classes("gn-columns gn-two"):
            with controls.card(t("neuron.weather.plane")):
                self.plane = DecisionPlane(
                    label=t("neuron.weather.plane.help"),
                    x_range=[*TEMPERATURE],
                    y_range=[*PRESSURE],
                    x_name=t("neuron.weather.temperature"),
                    y_name=t("neuron.weather.pressure"),
                    points=np.column_stack([self.x, self.y]),
                )
                controls.described(PictureElement(self.plane).classes("gn-wide"), t, "neuron.weather.plane")
                with ui.element("div").classes("gn-row gn-small gn-muted"):
                    ui.label(t("neuron.weather.rain")).classes("gn-key-one")
                    ui.label(t("neuron.weather.dry")).classes("gn-key-zero")
            with ui.element("div").classes("gn-stack"):
                with controls.card(t("neuron.weather.worth")):
                    ui.label(t("neuron.weather.story"))
                    with ui.element("div").classes("gn-key-figures"):
                        self.accuracy = self._figure("accuracy")
                        self._figure("never").text = controls.percent_text(1 - self.test[1].mean(), 1)
                    ui.label(t("neuron.weather.moral")).classes("gn-muted")
                TimelineBar(self.page, lambda: self.training)
        self._shown = None
        self._show()
        self.page.tick(0.05, self._show)

    def _figure(self, name):
        with ui.element("div").classes("gn-figure"):
            number = ui.label("").classes("gn-large")
            ui.label(self.t(f"neuron.weather.{name}")).classes("gn-label")
        return number

    def _show(self):
        state = self.training.state
        if state is self._shown or state.seen is None:
            return
        self._shown = state
        self.plane.field, self.plane.line = state.seen["field"], state.seen["line"]
        self.accuracy.text = controls.percent_text(state.seen["test"]["accuracy"], 1)
