"""The card with the data: sets by formula, points drawn with the mouse, a table of one's own."""

import functools

from nicegui import ui

from glassnet import datasets
from glassnet.datasets import csv
from glassnet.preprocessing.column import is_numeric
from glassnet.studio import controls
from glassnet.studio.pages.playground.plane_table import MOST_CLASSES, PlaneTable
from glassnet.studio.pages.playground.setting import BOUNDS, DRAWN, REACH, SETS, TABLE

ICONS = {DRAWN: "draw", TABLE: "upload_file"}
PREVIEW = 120
"""Points in the small picture of a set."""


class DataCard:
    """What is learnt from.

    Arguments:
        page: `Page`.
    """

    def __init__(self, page):
        self.page = page
        t, setting = self.t, page.setting
        with controls.card(t("data"), "gn-at-data"):
            with ui.element("div").classes("gn-sets").props("role=group") as sets:
                sets.props["aria-label"] = t("data")
                self.sets = {name: self._set_button(name) for name in (*SETS, DRAWN, TABLE)}
            self.upload = ui.upload(
                on_upload=self._uploaded,
                on_rejected=lambda: controls.complain(t("table.rejected", size=f"{page.session.limits.upload:,}")),
                max_file_size=page.session.limits.upload,
                auto_upload=True,
            ).classes("gn-hidden")
            self.upload.props["accept"] = ".csv,.tsv,.txt"
            self.upload.props["aria-hidden"] = "true"
            controls.described(self.upload, t, "data.table")
            self.formula = ui.element("div").classes("gn-stack")
            with self.formula:
                self.noise = controls.slider(
                    t, "noise", setting.noise, *BOUNDS["noise"], 0.05, self._set("noise"), controls.percent_text
                )
            with ui.element("div").classes("gn-stack"):
                self.share = controls.slider(
                    t, "share", setting.share, *BOUNDS["share"], 0.1, self._set("share"), controls.percent_text
                )
            self.counts = ui.element("div").classes("gn-pair")
            with self.counts:
                self.count = controls.number(t, "count", setting.count, self._set("count"), *BOUNDS["count"], 50)
                self.seed = controls.number(t, "data_seed", setting.data_seed, self._set("data_seed"), *BOUNDS["data_seed"], 1)
            self.more_classes = ui.element("div")
            with self.more_classes:
                self.classes = controls.slider(t, "classes", setting.classes, 2, MOST_CLASSES, 1, self._set("classes"))
            self.drawn = ui.element("div").classes("gn-row")
            with self.drawn:
                controls.button(t, "pen.clear", lambda: page.change(drawn=()), icon="delete_outline")
            self.of_table = ui.label("").classes("gn-small gn-muted")

    def t(self, key, **values):
        return self.page.t(f"playground.{key}", **values)

    def _set_button(self, name):
        made = ui.element("button").classes("gn-set").props("type=button").on("click", lambda: self._choose(name))
        with made:
            if name in ICONS:
                ui.icon(ICONS[name])
            else:
                ui.html(preview(name), sanitize=False)
            ui.label(self.t(f"data.{name}"))
        return controls.described(made, self.t, f"data.{name}")

    def _choose(self, name):
        setting = self.page.setting
        if name == TABLE and (setting.table is None or setting.data == TABLE):
            self.upload.run_method("pickFiles")
        elif name == DRAWN:
            self.page.change(data=DRAWN, test=False)
        else:
            self.page.change(data=name)

    def _set(self, name):
        low, high = BOUNDS[name]

        def changed(event):
            if event.value is None:
                return
            value = type(getattr(self.page.setting, name))(min(max(event.value, low), high))
            if value != getattr(self.page.setting, name):
                self.page.change(**{name: value})

        return changed

    def show(self):
        """Shows what is set up."""
        setting = self.page.setting
        for name, button in self.sets.items():
            button.props["aria-pressed"] = str(name == setting.data).lower()
        for name in ("noise", "share", "count", "classes"):
            getattr(self, name).set_value(getattr(setting, name))
        self.seed.set_value(setting.data_seed)
        self.formula.set_visibility(setting.data in SETS)
        self.count.parent_slot.parent.set_visibility(setting.data in SETS)
        self.more_classes.set_visibility(setting.data in ("spiral", DRAWN))
        self.classes.props["max"] = 6 if setting.data == "spiral" else MOST_CLASSES
        self.drawn.set_visibility(setting.data == DRAWN)
        self.of_table.set_visibility(setting.data == TABLE)
        if setting.data == TABLE:
            self.of_table.text = self.t("table.held" if setting.table.packed else "table.too_large")

    # -- a table of one's own ----------------------------------------------------------------------------------------------------

    async def _uploaded(self, event):
        data = await event.file.read()
        self.upload.reset()
        limits = self.page.session.limits
        try:
            if len(data) > limits.upload:
                raise ValueError(self.t("table.rejected", size=f"{limits.upload:,}"))
            table = csv.parse(data, event.file.name[:80], limits.rows)
            numeric = [name for name in table.keys() if is_numeric([cell.strip() for cell in table[name]])]  # noqa: SIM118
            if len(numeric) < 2 or len(table.keys()) < 3:
                raise ValueError(self.t("table.columns"))
        except ValueError as error:
            controls.complain(error)
            return
        self._ask_columns(table, numeric)

    def _ask_columns(self, table, numeric):
        """Asks which columns are the plane and which one is to be predicted."""
        names = list(table.keys())
        target = next((name for name in reversed(names) if name not in numeric[:2]), names[-1])
        with ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help"):
            ui.label(self.t("table")).classes("gn-title").props("role=heading aria-level=2")
            ui.label(self.t("table.about", rows=f"{len(table):,}")).classes("gn-muted")
            x = controls.select(self.t, "table.x", numeric, numeric[0])
            y = controls.select(self.t, "table.y", numeric, numeric[1])
            predicted = controls.select(self.t, "table.target", names, target)

            def take():
                try:
                    chosen = PlaneTable.of(table, x.value, y.value, predicted.value)
                except ValueError as error:
                    controls.complain(error)
                    return
                if self.page.change(data=TABLE, table=chosen):
                    dialog.close()

            with ui.element("div").classes("gn-row"):
                controls.button(self.t, "table.take", take, primary=True)
                controls.button(self.t, "table.cancel", dialog.close)
        dialog.on("hide", dialog.delete)
        dialog.open()


@functools.cache
def preview(name):
    """A set as a small SVG picture in the colours of the page."""
    (points, labels), _ = datasets.find(name).load_data(n=PREVIEW, test_split=0.0, seed=1)
    dots = []
    for (x, y), label in zip(points.tolist(), labels.tolist(), strict=True):
        value = label if name.startswith("regression") else 2 * label - 1
        colour = "var(--gn-pos)" if value > 0 else "var(--gn-neg)"
        strength = 0.15 + 0.85 * min(1.0, abs(value))
        dots.append(f'<circle cx="{x:.2f}" cy="{-y:.2f}" r="0.42" fill="{colour}" fill-opacity="{strength:.2f}"/>')
    edge = 1.1 * REACH
    return f'<svg viewBox="{-edge} {-edge} {2 * edge} {2 * edge}" aria-hidden="true">{"".join(dots)}</svg>'
