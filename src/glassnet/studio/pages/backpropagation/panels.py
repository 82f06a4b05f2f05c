"""The cards below the picture: the network, the example, and what was done so far."""

import functools

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.pages.backpropagation.setup import ACTIVATIONS, LARGEST, LAYERS, LOSSES, OPTIMIZERS, UNITS

SIZES = {number: str(number) for number in range(1, UNITS + 1)}


class Panel:
    """A card that is drawn anew where its `state` has changed.

    Arguments:
        page: The page.
        key: Of its title, in the table of texts.
    """

    key = ""

    def __init__(self, page):
        self.page = page
        self.t = lambda name, **values: page.t(f"backpropagation.{name}", **values)
        self.card = controls.card(self.t(self.key), "gn-bp-panel")
        with self.card:
            self.body = ui.element("div").classes("gn-stack")
        self.drawn = None
        self.refresh()

    @property
    def setup(self):
        return self.page.setup

    def refresh(self):
        if self.state() != self.drawn:
            self.drawn = self.state()
            self.body.clear()
            with self.body:
                self.draw()
        self.update()

    def state(self):
        """What the controls are there for: another one needs others."""
        return 0

    def draw(self):
        """Makes the controls."""
        raise NotImplementedError

    def update(self):
        """Gives the controls their present values."""

    def choose(self, **changes):
        """Another setup, if it is another."""
        new = self.setup.changed(**changes)
        if new != self.setup:
            self.page.set_up(new)


class NetworkPanel(Panel):
    """Inputs, layers, their activations, and new weights."""

    key = "network"

    def state(self):
        return None if self.setup is None else len(self.setup.layers)

    def draw(self):
        if self.setup is None:
            ui.label(self.t("from_python", name=self.page.experiment.model.name)).classes("gn-muted")
            return
        self.rows = []
        self.inputs = controls.select(self.t, "inputs", SIZES, len(self.setup.x), self._inputs)
        for number in range(len(self.setup.layers)):
            with ui.element("div").classes("gn-bp-layer"):
                self.rows.append(self._row(number))
        with ui.element("div").classes("gn-row"):
            if len(self.setup.layers) < LAYERS:
                controls.button(self.t, "add_layer", self._add, icon="add")
            controls.button(self.t, "new_weights", self._new_weights, icon="casino")

    def _row(self, number):
        units, activation = self.setup.layers[number]
        last = number == len(self.setup.layers) - 1
        t = functools.partial(self.t, number=number + 1)
        made = controls.select(t, "output_units" if last else "units", SIZES, units, lambda e: self._set(number, 0, e.value))
        names = [name for name in ACTIVATIONS if last or name != "softmax"]
        shape = controls.select(
            t, "activation", {name: name.replace("_", " ") for name in names}, activation,
            lambda e: self._set(number, 1, e.value),
        )  # fmt: skip
        shape.props["label"] = t("activation.of_layer")  # the same word stands beside each layer
        if not last:
            controls.icon_button(t, "remove_layer", "close", lambda: self._remove(number))
        return made, shape

    def update(self):
        if self.setup is not None:
            self.inputs.value = len(self.setup.x)
            for (units, shape), (count, activation) in zip(self.rows, self.setup.layers, strict=True):
                units.value, shape.value = count, activation

    def _inputs(self, event):
        if event.value != len(self.setup.x):
            self.page.set_up(self.setup.with_inputs(event.value))

    def _set(self, number, part, value):
        layer = list(self.setup.layers[number])
        layer[part] = value
        layers = list(self.setup.layers)
        layers[number] = tuple(layer)
        self.choose(layers=tuple(layers))

    def _add(self):
        layers = self.setup.layers
        units, activation = layers[-2] if len(layers) > 1 else (2, "tanh")
        self.choose(layers=(*layers[:-1], (units, activation), layers[-1]))

    def _remove(self, number):
        self.choose(layers=self.setup.layers[:number] + self.setup.layers[number + 1 :])

    def _new_weights(self):
        self.choose(seed=(self.setup.seed + 1) % 10**6)


class ExamplePanel(Panel):
    """The example's inputs and target, and the loss."""

    key = "example"

    def state(self):
        experiment = self.page.experiment
        classes = self.setup is not None and self.setup.loss == "categorical_crossentropy"
        return self.setup is None, len(experiment.x), experiment.y.shape, classes

    def draw(self):
        experiment = self.page.experiment
        if self.page.data is not None and self.setup is None:
            last = len(self.page.data[0]) - 1
            controls.number(self.t, "which", 0, self._which, 0, last, 1)
        with ui.element("div").classes("gn-bp-numbers"):
            self.inputs = [self._number("input", f"input[0, {i}]", i) for i in range(len(experiment.x))]
        if self.drawn[3]:
            options = {k: str(k) for k in range(len(self.setup.y))}
            self.targets = controls.choice(self.t, "class", options, self._class(), self._choose_class)
        else:
            with ui.element("div").classes("gn-bp-numbers"):
                shape = experiment.y.shape
                places = [f"target[0, {o}]" for o in range(shape[0])] if shape else ["target[0]"]
                self.targets = [self._number("target", place, o) for o, place in enumerate(places)]
        if self.setup is not None:
            losses = {name: self.t(f"losses.{name}") for name in LOSSES}
            self.loss = controls.select(self.t, "loss", losses, self.setup.loss, lambda e: self.choose(loss=e.value))

    def _number(self, key, reference, number):
        t = functools.partial(self.t, number=number)
        made = controls.number(t, key, 0.0, None, -LARGEST, LARGEST, 0.1)
        made.on_value_change(lambda event: self._edit(key, number, reference, event.value))
        return made

    def _edit(self, key, number, reference, value):
        numbers = self.page.experiment.x if key == "input" else self.page.experiment.y.reshape(-1)
        if value is None or abs(value) > LARGEST or abs(value - float(f"{numbers[number]:.6g}")) < 1e-12:
            return
        if self.setup is None:
            self.page.edit(reference, value)
            return
        part = "x" if key == "input" else "y"
        changed = [*getattr(self.setup, part)]
        changed[number] = float(value)
        self.choose(**{part: tuple(changed)})

    def _class(self):
        return self.setup.target_class

    def _choose_class(self, event):
        if event.value is not None:
            self.choose(y=tuple(float(k == event.value) for k in range(len(self.setup.y))))

    def _which(self, event):
        if event.value is not None and 0 <= event.value < len(self.page.data[0]):
            self.page.take(int(event.value))

    def update(self):
        experiment = self.page.experiment
        for field, number in zip(self.inputs, experiment.x, strict=True):
            field.value = float(f"{number:.6g}")
        if self.drawn[3]:
            self.targets.value = self._class()
        else:
            for field, number in zip(self.targets, experiment.y.reshape(-1), strict=True):
                field.value = float(f"{number:.6g}")
        if self.setup is not None:
            self.loss.value = self.setup.loss


class HistoryPanel(Panel):
    """Optimiser and learning rate, steps, and the way back by one."""

    key = "training"

    def draw(self):
        with ui.element("div").classes("gn-bp-pair"):
            if self.setup is not None:
                names = {name: self.t(f"optimizers.{name}") for name in OPTIMIZERS}
                self.optimizer = controls.select(
                    self.t, "optimizer", names, self.setup.optimizer, lambda e: self.choose(optimizer=e.value)
                )
            self.rate = controls.number(self.t, "rate", self.page.experiment.rate, self._rate, 0, LARGEST, 0.1)
        self.count = ui.label().classes("gn-value")
        with ui.element("div").classes("gn-row"):
            controls.button(self.t, "step", self.page.step, primary=True)
            controls.button(self.t, "ten", lambda: self.page.step(10))
            self.undo = controls.button(self.t, "undo", lambda: self.page.go_back(self.page.experiment.place - 1), "undo")
            if self.setup is not None:
                controls.button(self.t, "script", self._script, "code")

    def state(self):
        return self.setup is None

    def update(self):
        experiment = self.page.experiment
        if self.setup is not None:
            self.optimizer.value = self.setup.optimizer
        if experiment.rate is not None:
            self.rate.value = float(f"{experiment.rate:.6g}")
        self.undo.enabled = experiment.place > 0
        self.count.text = self.t("steps", count=experiment.state.step, loss=f"{experiment.trace.loss:.4g}")

    def _rate(self, event):
        experiment = self.page.experiment
        if event.value is None or not 0 <= event.value <= LARGEST or abs(event.value - float(f"{experiment.rate:.6g}")) < 1e-12:
            return
        self.page.set_rate(float(event.value))

    def _script(self):
        with self.card, ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help gn-bp-script"):
            ui.label(self.t("script")).classes("gn-title").props("role=heading aria-level=2")
            ui.label(self.t("script.about"))
            ui.element("pre").classes("gn-mono gn-bp-code-block").props("tabindex=0")._text = self.page.experiment.script()
            with ui.element("div").classes("gn-row"):
                code = self.page.experiment.script()
                controls.button(self.t, "copy", lambda: ui.clipboard.write(code), "content_copy")
                controls.button(self.t, "download", lambda: ui.download.content(code, "backpropagation.py"), "download")
                controls.button(self.t, "close", dialog.close, primary=True)
        dialog.on("hide", dialog.delete)
        dialog.open()
