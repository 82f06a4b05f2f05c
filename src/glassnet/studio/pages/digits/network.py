"""The picture of the network, and the neuron that is chosen in it."""

import numpy as np
from nicegui import ui

from glassnet.inspect.connections import connections
from glassnet.studio import controls
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.image_grid import ImageGrid
from glassnet.widgets.network_picture import NetworkPicture

SHOWN = 48
"""Strongest connections of each layer."""
MAP, TILE = 56, 26
"""Pixels that the activations of a channel, and that of a neuron, take in the card of a network that is no columns."""
TILES = 128
"""Neurons of a layer that are shown one by one, at most."""
FAN = 4
"""Connections followed down from each neuron on the way from the answer."""


class NetworkCard:
    """The network, lit by the picture on the pad. Where its layers are no columns of neurons, their activations as images.

    Arguments:
        page: The page.
    """

    def __init__(self, page):
        self.page, self.reader = page, page.reader
        t, self.way = page.t, page.way
        self.maps = {}
        with controls.card(classes="gn-digits-network"):
            with ui.element("div").classes("gn-row gn-digits-head"):
                with ui.element("div").classes("gn-row"):
                    ui.label(t("digits.network")).classes("gn-card-title").props("role=heading aria-level=2")
                    ui.label(self._summary()).classes("gn-small gn-muted")
                if self.reader.dense:
                    with ui.element("div").classes("gn-row"):
                        self.switch = controls.button(t, "digits.network.off", self._switch_selected)
                        self.all_on = controls.button(t, "digits.network.all_on", self._all_on)
                        ways = {way: t(f"digits.network.way.{way}") for way in ("answer", "strongest")}
                        controls.choice(t, "digits.network.way", ways, self.way, lambda event: self._choose_way(event.value))
            if self.reader.dense:
                self._build_picture()
            else:
                self._build_maps()

    def _build_picture(self):
        t, units = self.page.t, self.reader.units
        self.layers = list(units)
        columns = [{"title": t("digits.network.pixels"), "rest": "784", "units": 784, "image": [28, 28]}]
        for number, (layer, count) in enumerate(units.items(), 1):
            last = number == len(units)
            title = t("digits.network.answer") if last else t("digits.network.hidden", number=number)
            column = {"title": title, "rest": f"{count} {_activation(self.reader.model, layer)}", "units": count}
            columns.append(column | ({"labels": self.page.material.names, "limit": 1.0} if last else {}))
        self.titles = [column["title"] for column in columns]
        self.picture = NetworkPicture(label=t("digits.network.label"), columns=columns, height=440, selected=self.page.selected)
        self.element = PictureElement(self.picture)
        self.picture.observe(lambda change: self.tell(), "hovered")
        self.picture.observe(lambda change: self.page.select(change["new"]), "selected")
        self.picture.observe(lambda change: self.toggle(change["new"]["neuron"]), "switched")

    def _build_maps(self):
        for layer in list(self.reader.units)[:-1] or self.reader.units:  # the last one is the answer beside it
            ui.label(f"{layer} · {self.reader.units[layer]} {_activation(self.reader.model, layer)}").classes("gn-label")
            self.maps[layer] = ImageGrid(label=layer, size=MAP)
            self.element = PictureElement(self.maps[layer])

    def _choose_way(self, way):
        self.page.way = self.way = way
        self.page.refresh()

    # -- neurons -------------------------------------------------------------------------------------------------------------

    def name(self, key):
        """What a neuron called "column/unit" is called on the page."""
        column, unit = map(int, key.split("/"))
        label = self.page.material.names[unit] if column == len(self.layers) else unit
        return self.page.t("digits.neuron", layer=self.titles[column], unit=label)

    def place(self, key):
        """Layer and number of a neuron called "column/unit"."""
        column, unit = map(int, key.split("/"))
        return self.layers[column - 1], unit

    def toggle(self, key):
        """Switches a hidden neuron off, or on again."""
        if not key or int(key.split("/")[0]) == len(self.layers):
            return
        off, neuron = self.reader.off, self.place(key)
        off.remove(neuron) if neuron in off else off.append(neuron)
        self.page.switched()

    def _switch_selected(self):
        self.toggle(self.page.selected)

    def _all_on(self):
        self.reader.off.clear()
        self.page.switched()

    # -- showing ---------------------------------------------------------------------------------------------------------------

    def show(self, reading):
        """Lights the network by a `Reading`."""
        grey = self.page.grey
        self.reading = reading
        if not self.reader.dense:
            for layer, grid in self.maps.items():
                activation = reading.trace[f"{layer}/a"][0]
                grid.size = MAP if activation.ndim == 3 or activation.size > TILES else TILE
                grid.show_signed(_maps(activation), strongest=None if grid.size == MAP else float(np.abs(activation).max()))
            return
        self.found = connections(reading.trace, None if self.page.sheet.grey is None else 0)
        with self.picture.hold_trait_notifications():
            self.picture.activations = self.reader.activations(reading.trace, grey)
            self.picture.connections = self._lines(reading)
            self.picture.ablated = [f"{self.layers.index(layer) + 1}/{unit}" for layer, unit in self.reader.off]
            self.picture.selected = self.page.selected
        self.tell()

    def _lines(self, reading):
        if self.way == "answer" and self.page.sheet.grey is not None:
            return _rows(self.found.path(reading.best, FAN), True)
        return _rows(self.found.strongest(SHOWN), True)

    def tell(self):
        """Says what the neuron is that is pointed at or chosen."""
        t, selected = self.page.t, self.page.selected
        key = self.picture.hovered or selected
        if key:
            self._tell_of(key)
        else:
            self.picture.tell("", "", [t("digits.network.hint")])
        hidden = bool(selected) and int(selected.split("/")[0]) < len(self.layers)
        self.switch.visible = hidden
        if hidden:
            self.switch.text = t("digits.network.on" if self.place(selected) in self.reader.off else "digits.network.off")
        self.all_on.visible = bool(self.reader.off)

    def _tell_of(self, key):
        t, (layer, unit) = self.page.t, self.place(key)
        bias = self.reader.model.params.get(f"{layer}/bias")
        activation = float(self.reading.trace[f"{layer}/a"][0].ravel()[unit])
        lines = [t("digits.neuron.activation", value=controls.number_text(activation, ".3g"))]
        lines += [] if bias is None else [t("digits.neuron.bias", value=controls.number_text(float(bias[unit]), ".3g"))]
        lines += [t("digits.neuron.off")] * ((layer, unit) in self.reader.off)
        weights = self.reader.first_weights()[unit] if layer == self.layers[0] else None
        self.picture.tell(key, self.name(key), lines, weights, _rows(self.found.around(layer, unit), True))

    def _summary(self):
        """What network it is, in a line."""
        page, model = self.page, self.page.training.model
        return page.t("digits.settings.parameters", count=f"{model.count_params():,}")


def _activation(model, layer):
    found = getattr(model.get_layer(layer), "activation", None)
    return "" if found is None else found.name


def _rows(found, shown):
    """Connections as the picture wants them."""
    flags = np.full(len(found), float(shown))
    return np.stack([found["layer"], found["source"], found["target"], found["share"], flags], axis=1).astype(np.float32)


def _maps(activation):
    """The activations of a layer as images (N, H, W): a map for each channel, or a tile for each neuron; of very many neurons
    one image."""
    if activation.ndim == 3:
        return np.moveaxis(activation, -1, 0)
    if activation.size <= TILES:
        return activation.reshape(-1, 1, 1)
    side = int(np.ceil(np.sqrt(activation.size)))
    return np.pad(activation.ravel(), (0, side * side - activation.size)).reshape(1, side, side)
