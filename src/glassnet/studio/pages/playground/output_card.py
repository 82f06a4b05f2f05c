"""The cards on what comes out: the map, the figures, the curves, and the confusion matrix."""

import functools

import numpy as np
from nicegui import ui

from glassnet.metrics import ConfusionMatrix
from glassnet.studio import controls
from glassnet.studio.live_text import LiveText
from glassnet.studio.pages.playground.plane_table import MOST_CLASSES
from glassnet.studio.pages.playground.setting import DRAWN, GRID, MOST_DRAWN
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.confusion import Confusion
from glassnet.widgets.curve import Curve
from glassnet.widgets.plane_map import PlaneMap

NOTHING, RUBBER = -1, -2
RUBBED = 0.45
"""How far from the pen a point is rubbed out."""


class OutputCard:
    """The map of the output with the points, and below it how good that is.

    Arguments:
        page: `Page`.
    """

    def __init__(self, page):
        self.page, self._figures_of = page, None
        t = self.t
        with controls.card(classes="gn-at-output"):
            with ui.element("div").classes("gn-row gn-spread"):
                self.title = ui.label("").classes("gn-card-title").props("role=heading aria-level=2")
                self.note = LiveText().classes("gn-muted gn-small").props("aria-live=polite")
            words = {name: t(f"map.{name}") for name in ("train", "test", "value", "drawing")}
            self.picture = PlaneMap(label=t("map.help"), words=words)
            PictureElement(self.picture).classes("gn-wide")
            controls.described(self.title, t, "map")
            self.pens = ui.element("div")
            with ui.element("div").classes("gn-row gn-switches"):
                see = page.set_view
                self.test = controls.switch(t, "test", page.setting.test, lambda event: see(test=event.value))
                self.discretise = controls.switch(t, "discretise", page.setting.discretise, lambda e: see(discretise=e.value))
        with controls.card(t("figures"), "gn-at-figures"):
            self.figures = ui.element("div").classes("gn-table gn-scores").props("aria-live=off")
            with self.figures:
                for word in ("", t("loss"), t("accuracy")):
                    ui.label(word).classes("gn-th")
                self.numbers = {}
                for part in ("train", "test"):
                    ui.label(t(f"map.{part}"))
                    self.numbers[part] = [LiveText("–").classes("gn-score") for _ in range(2)]
            self.curve = Curve(label=t("curve.help"), x_label=t("curve.x"), height=168)
            controls.described(PictureElement(self.curve).classes("gn-wide"), t, "curve")
        self.confusion_card = controls.card(t("confusion"), "gn-at-confusion")
        with self.confusion_card:
            words = {name: t(f"confusion.{name}") for name in ("labelled", "predicted")}
            self.confusion = Confusion(label=t("confusion.help"), words=words)
            controls.described(PictureElement(self.confusion).classes("gn-wide"), t, "confusion")
        self.picture.observe(lambda change: self._drawn(change["new"]), "drawn")
        self.picture.observe(lambda change: self._picked(change["new"]), "picked")

    def t(self, key, **values):
        return self.page.t(f"playground.{key}", **values)

    def show(self):
        """Shows the points that are set up."""
        points, picture = self.page.points, self.picture
        picture.points, picture.classes, picture.extent = points.packed(), points.classes, points.extent
        picture.class_names = self.confusion.class_names = list(points.class_names)
        self.confusion_card.set_visibility(bool(points.classes))
        self._show_pens()
        self.mark(None)
        self.show_chosen()
        self.show_view()
        self._figures_of = None
        self.show_figures()

    def _show_pens(self):
        page, self.picture.pen = self.page, NOTHING
        self.pens.clear()
        if page.setting.data != DRAWN:
            return
        choices = {number: str(number) for number in range(min(page.setting.classes, MOST_CLASSES))}
        choices |= {RUBBER: self.t("pen.rubber")}
        self.picture.pen = page.pen if page.pen in choices else 0
        with self.pens:
            controls.choice(self.t, "pen", choices, self.picture.pen, lambda event: self._take_pen(event.value))

    def _take_pen(self, pen):
        self.page.pen = self.picture.pen = pen

    def show_view(self):
        """Shows test points and both sides as is wanted."""
        setting = self.page.setting
        self.picture.discretise, self.picture.show_test = setting.discretise, setting.test
        self.test.set_value(setting.test)
        self.discretise.set_value(setting.discretise)

    def show_chosen(self):
        """Says of which neuron the map is."""
        chosen, page = self.page.look.chosen, self.page
        self.title.text = self.t("map")
        if chosen is not None:
            layer, unit = chosen
            self.title.text = page.formulas()[unit] if layer < 0 else f"{page.look.layers[layer].name}[{unit}]"

    def show_seen(self, seen):
        """Shows the map of a look, or that of the neuron that is chosen."""
        picture, chosen = self.picture, self.page.look.chosen
        if chosen is not None and (chosen[0] < 0 or seen.chosen is not None):
            picture.field = self.page.feature_field(chosen[1]) if chosen[0] < 0 else seen.chosen
            picture.winner, picture.classes = np.empty(0, np.uint8), min(self.page.points.classes, 2)
            return
        picture.classes, picture.field = self.page.points.classes, seen.field
        picture.winner = np.empty(0, np.uint8) if seen.winner is None else seen.winner

    def mark(self, point):
        """Draws a ring around a point; None for none."""
        self.picture.marked = np.empty(0, np.float32) if point is None else point
        if point is None:
            empty = self.page.setting.data == DRAWN and not self.page.setting.drawn
            self.note.text = self.t("pen.hint") if empty else ""

    def say(self, words):
        """A few words above the map."""
        self.note.text = words

    # -- figures ---------------------------------------------------------------------------------------------------------------

    def show_figures(self):
        """Shows loss, accuracy, curves and confusion matrix, if there is news."""
        page, training = self.page, self.page.training
        if page.seen is self._figures_of:
            return
        self._figures_of = page.seen
        history = {} if training is None else training.history
        epochs = 0 if training is None else training.current.epoch
        for part, prefix in (("train", ""), ("test", "val_")):
            for label, name in zip(self.numbers[part], ("loss", "accuracy"), strict=True):
                values = history.get(prefix + name, [])[:epochs]
                shown = "{:.4f}".format if name == "loss" else functools.partial(controls.percent_text, digits=1)
                label.text = shown(values[-1]) if values else "–"
        lines = {}
        for part, name in (("train", "loss"), ("test", "val_loss")):
            values = history.get(name, [])[:epochs]
            lines[self.t(f"map.{part}")] = (np.arange(1, len(values) + 1), values)
        self.curve.show(lines, dashed=[self.t("map.test")], colours={self.t("map.train"): "ink", self.t("map.test"): "muted"})
        self._show_confusion()

    def _show_confusion(self):
        page = self.page
        train, test = page.points.train, page.points.test
        first = len(train[0]) if len(test[0]) else 0  # of the test points, where there are any
        labels = np.concatenate([train[1], test[1]])[first:]
        if not page.points.classes or page.seen is None or not len(labels):
            return
        outputs = page.seen.outputs[first:]
        matrix = ConfusionMatrix(page.points.classes)
        if np.isfinite(outputs).all():
            matrix.update_state(labels, outputs)
            self.confusion.counts = matrix.result()

    # -- the pen -----------------------------------------------------------------------------------------------------------------

    def _drawn(self, drawn):
        """Takes a stroke into the points that are set up, on the grid that the address holds.

        It is drawn with the pen that was chosen last, of which the browser may not have heard yet when a stroke follows at once.
        """
        setting, pen = self.page.setting, self.picture.pen
        stroke = [p for p in drawn.get("points", ())[:MOST_DRAWN] if len(p) == 2 and all(isinstance(c, int | float) for c in p)]
        if pen == NOTHING or not stroke:
            return
        places = np.clip(np.rint(np.array(stroke, np.float64) * GRID), -127, 127).astype(int)
        if pen == RUBBER:
            kept = [p for p in setting.drawn if np.hypot(*(places - p[:2]).T).min() > RUBBED * GRID]
        else:
            kept = [*setting.drawn, *((*place, pen) for place in places.tolist())]
            if len(kept) > MOST_DRAWN:
                controls.complain(self.t("pen.full", count=MOST_DRAWN))
        self.page.change(drawn=tuple(kept[:MOST_DRAWN]))

    def _picked(self, picked):
        """Shows what a training point that was clicked wants changed; the same one once more, all points again."""
        page, index = self.page, picked.get("index")
        if type(index) is not int or not 0 <= index < len(page.points.train[0]) or page.training is None:
            return
        if page.look.example == index:
            page.unmark()
            page.look_again()
        else:
            page.training.pause()
            page.mark(index)
            self.say(self.t("picked"))
