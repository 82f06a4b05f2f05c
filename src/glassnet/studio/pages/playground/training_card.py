"""The card with what the training follows from, besides data and network."""

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.pages.playground.setting import BOUNDS, INITIALIZERS, OPTIMIZERS

RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class TrainingCard:
    """Learning rate, optimizer, loss and the like.

    Arguments:
        page: `Page`.
    """

    def __init__(self, page):
        self.page = page
        t, setting = self.t, page.setting
        with controls.card(t("training"), "gn-at-settings"), ui.element("div").classes("gn-settings"):
            self.rate = controls.select(t, "rate", self._rates(), setting.rate, self._set_rate)
            self.optimizer = controls.select(t, "optimizer", list(OPTIMIZERS), setting.optimizer, self._set("optimizer"))
            self.loss = controls.select(t, "loss_function", self._losses(), setting.loss, self._set("loss"))
            self.batch = controls.number(t, "batch", setting.batch, self._set("batch"), *BOUNDS["batch"], 1)
            self.initializer = controls.select(
                t, "initializer", list(INITIALIZERS), setting.initializer, self._set("initializer")
            )
            with ui.element("div").classes("gn-seed"):
                self.seed = controls.number(t, "seed", setting.seed, self._set("seed"), *BOUNDS["seed"], 1)
                controls.icon_button(t, "dice", "casino", lambda: page.change(seed=(page.setting.seed + 1) % 1_000_000))
            with ui.element("div").classes("gn-pair"):
                self.l1 = controls.number(t, "l1", setting.l1, self._set("l1"), *BOUNDS["l1"], 0.001)
                self.l2 = controls.number(t, "l2", setting.l2, self._set("l2"), *BOUNDS["l2"], 0.001)
            self.dropout = controls.slider(
                t, "dropout", setting.dropout, *BOUNDS["dropout"], 0.05, self._set("dropout"), controls.percent_text
            )

    def t(self, key, **values):
        return self.page.t(f"playground.{key}", **values)

    def _rates(self):
        return {rate: f"{rate:g}" for rate in sorted({*RATES, self.page.setting.rate})}

    def _losses(self):
        return {name: self.t(f"loss.{name}") for name in self.page.setting.losses}

    def _set_rate(self, event):
        if event.value is not None and event.value != self.page.setting.rate:
            self.page.set_rate(float(event.value))

    def _set(self, name):
        def changed(event):
            value, now = event.value, getattr(self.page.setting, name)
            if value is None or value == now:
                return
            if name in BOUNDS:
                low, high = BOUNDS[name]
                value = type(now)(min(max(value, low), high))
            self.page.change(**{name: value})

        return changed

    def show(self):
        """Shows what is set up."""
        setting = self.page.setting
        self.rate.set_options(self._rates(), value=setting.rate)
        self.loss.set_options(self._losses(), value=setting.loss)
        for name in ("optimizer", "batch", "dropout", "l1", "l2", "initializer", "seed"):
            getattr(self, name).set_value(getattr(setting, name))
