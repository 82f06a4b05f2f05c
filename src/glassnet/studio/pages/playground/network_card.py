"""The card with the network: it is looked at and changed here."""

import numpy as np
from nicegui import ui

from glassnet.preprocessing import PointFeatures
from glassnet.studio import controls
from glassnet.studio.pages.playground.doctor import ask_doctor
from glassnet.studio.pages.playground.files import open_files
from glassnet.studio.pages.playground.look import levels, plane
from glassnet.studio.pages.playground.network import denses
from glassnet.studio.pages.playground.setting import ACTIVATIONS, MOST_LAYERS, MOST_UNITS, PLACES
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.plane_network import PlaneNetwork

SHORT = {"x**2": "x²", "y**2": "y²", "x*y": "x·y"}
NEW_UNITS = 4
WORDS = (
    "features", "feature", "formula", "open", "weight", "bias", "gradient", "add_layer", "fewer", "more", "activation",
    "remove_layer", "forget", "close", "add", "edit_help", "formula_help",
)  # fmt: skip


class NetworkCard:
    """The network's picture, with what shows it otherwise, asks the doctor, and saves.

    Arguments:
        page: `Page`.
    """

    def __init__(self, page):
        self.page = page
        self._tiles, self._of = b"", None
        t = self.t
        with controls.card(classes="gn-at-network"):
            with ui.element("div").classes("gn-row gn-spread"):
                self.view = ui.element("div")
                with self.view:
                    shown = {name: t(f"show.{name}") for name in ("weights", "gradients")}
                    self.show_choice = controls.choice(
                        t, "show", shown, page.setting.show, lambda event: page.set_view(show=event.value)
                    )
                with ui.element("div").classes("gn-row"):
                    controls.button(t, "doctor", lambda: ask_doctor(page), icon="medical_services")
                    controls.button(t, "files", lambda: open_files(page), icon="save_alt")
            words = {name: t(f"net.{name}") for name in WORDS}
            self.picture = PlaneNetwork(
                label=t("net.help"), words=words, activations=[[name, name] for name in ACTIVATIONS],
                most_layers=MOST_LAYERS, most_units=MOST_UNITS,
            )  # fmt: skip
            PictureElement(self.picture).classes("gn-wide")
        self.picture.observe(lambda change: self._asked(change["new"]), "asked")
        self.picture.observe(lambda change: self._edited(change["new"]), "edited")
        self.picture.observe(lambda change: page.choose(tuple(change["new"]) or None), "hovered")

    def t(self, key, **values):
        return self.page.t(f"playground.{key}", **values)

    def show(self):
        """Shows the network that is set up."""
        page, picture = self.page, self.picture
        on, layout = page.points.features.formulas, page.model.params.layout
        picture.features = [
            {"formula": formula, "text": SHORT.get(formula, formula), "on": formula in on, "own": formula in page.setting.own}
            for formula in page.formulas()
        ]
        stack = denses(page.model)
        picture.layers = [
            {
                "name": layer.name,
                "title": self.t("net.output") if layer is stack[-1] else self.t("net.hidden", number=number),
                "units": layer.units,
                "activation": layer.activation.name,
                "kernel": layout.offset(layer.kernel.path),
                "bias": layout.offset(layer.bias.path) if layer.use_bias else -1,
            }
            for number, layer in enumerate(stack, 1)
        ]
        picture.tile = page.look.tile
        self._tiles = np.stack([self.feature_levels(formula, page.look.tile) for formula in page.formulas()])
        picture.selected = []
        self.show_view()

    def show_view(self):
        """Shows weights or derivatives, as is wanted."""
        self.picture.show = "gradients" if self.page.look.slopes else "weights"
        if self.show_choice.value != self.page.setting.show:
            self.show_choice.set_value(self.page.setting.show)

    def show_seen(self, seen):
        """Shows the numbers of a look."""
        picture = self.picture
        picture.tiles = np.concatenate([self._tiles.ravel(), seen.tiles.ravel()])
        picture.weights = seen.params
        empty = np.empty(0, np.float32)
        picture.gradients = empty if seen.gradients is None else seen.gradients
        picture.deltas = empty if seen.deltas is None else seen.deltas

    def feature_levels(self, formula, side):
        """A feature over the plane as `uint8` (side * side), scaled to its largest value there."""
        values = PointFeatures([formula]).transform(plane(self.page.points.extent, side))[:, 0]
        return levels(values, max(np.abs(values).max(), 1e-6))

    # -- what was done on the picture ------------------------------------------------------------------------------------------

    def _asked(self, asked):
        """Does what was asked for on the picture; anything that is not among it is passed over."""
        what, setting = asked.get("what"), self.page.setting
        hidden = list(setting.hidden)
        at = asked.get("at") if type(asked.get("at")) is int else -1
        if what == "add_layer" and 0 <= at <= len(hidden) < MOST_LAYERS:
            hidden.insert(at, (NEW_UNITS, hidden[at - 1][1] if hidden and at else (hidden[0][1] if hidden else "tanh")))
        elif what == "remove_layer" and 0 <= at < len(hidden):
            del hidden[at]
        elif what == "units" and 0 <= at < len(hidden) and asked.get("units") in range(1, MOST_UNITS + 1):
            hidden[at] = (asked["units"], hidden[at][1])
        elif what == "activation" and 0 <= at < len(hidden) and asked.get("value") in ACTIVATIONS:
            hidden[at] = (hidden[at][0], asked["value"])
        elif what in ("feature", "formula", "forget"):
            self._change_features(what, asked)
            return
        if tuple(hidden) != setting.hidden:
            self.page.change(hidden=tuple(hidden))

    def _change_features(self, what, asked):
        setting, formula = self.page.setting, str(asked.get("formula", ""))
        on, own = list(setting.features), list(setting.own)
        if what == "feature" and formula in self.page.formulas():
            on = [f for f in on if f != formula] + [formula] * bool(asked.get("on"))
            if not on:
                controls.complain(self.t("net.one_feature"))
                return
        elif what == "forget" and formula in own:
            own.remove(formula)
            on = [f for f in on if f != formula] or ["x", "y"]
        elif what == "formula":
            formula = str(asked.get("text", "")).strip()
            try:
                PointFeatures([formula]).transform(PLACES)
            except ValueError as error:
                controls.complain(error)
                return
            on, own = [*dict.fromkeys([*on, formula])], [*dict.fromkeys([*own, formula])]
        self.page.change(features=tuple(on), own=tuple(own))

    def _edited(self, edited):
        index, value = edited.get("index"), edited.get("value")
        if type(index) is int and isinstance(value, int | float):
            self.page.edit(index, float(value))
