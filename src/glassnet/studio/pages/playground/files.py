"""Saving, loading and exporting: a script, a model file, pictures, curves, points."""

import asyncio
import csv
import io
import tempfile
import time
from pathlib import Path

import numpy as np
from nicegui import ui

from glassnet.models import load_model
from glassnet.preprocessing import PointFeatures
from glassnet.studio import controls


def open_files(page):
    """Asks what is to be saved or loaded."""
    t = lambda key, **values: page.t(f"playground.{key}", **values)  # noqa: E731 - the words of this dialog
    with ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help gn-files"):
        ui.label(t("files")).classes("gn-title").props("role=heading aria-level=2")
        with ui.element("div").classes("gn-row"):
            controls.button(t, "save.script", lambda: _save_script(page), icon="code")
            controls.button(t, "save.model", lambda: _save_model(page), icon="hub")
            controls.button(t, "save.curves", lambda: _save_curves(page), icon="show_chart")
            controls.button(t, "save.points", lambda: _save_points(page), icon="scatter_plot")
            controls.button(t, "save.arrays", lambda: _save_arrays(page), icon="data_array")
        for part, picture in (("network", page.network.picture), ("map", page.output.picture)):
            with ui.element("div").classes("gn-row"):
                for kind in ("png", "svg"):
                    controls.button(t, f"save.{part}_{kind}", _saver(picture, kind, part), icon="image")
        upload = ui.upload(
            on_upload=lambda event: _load(page, event, dialog),
            on_rejected=lambda: controls.complain(t("table.rejected", size=f"{page.session.limits.upload:,}")),
            max_file_size=page.session.limits.upload,
            auto_upload=True,
        ).classes("gn-hidden")
        upload.props["accept"] = ".safetensors"
        upload.props["aria-hidden"] = "true"
        controls.described(upload, t, "load")
        with ui.element("div").classes("gn-row"):
            controls.button(t, "load", lambda: upload.run_method("pickFiles"), icon="folder_open")
            controls.button(t, "files.close", dialog.close, primary=True)
    dialog.on("hide", dialog.delete)
    dialog.open()


def _saver(picture, kind, part):
    def save():
        picture.save = {"n": time.time(), "kind": kind, "name": f"playground-{part}"}

    return save


async def _save_script(page):
    try:
        if page.training is None:
            raise ValueError(page.t("playground.no_points"))
        page.training.pause()
        script = await asyncio.wrap_future(page.training.do(lambda model: model.to_python(page.points.source)))
    except ValueError as error:
        controls.complain(error)
        return
    ui.download.content(script.encode(), "playground.py", "text/x-python")
    if page.points.source is None:
        controls.complain(page.t("playground.save.needs_arrays"))


async def _save_model(page):
    def write(model):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "playground.safetensors"
            model.save(path)
            return path.read_bytes()

    if page.training is None:
        data = write(page.model)
    else:
        page.training.pause()
        data = await asyncio.wrap_future(page.training.do(write))
    ui.download.content(data, "playground.safetensors", "application/octet-stream")


def _save_curves(page):
    history = {} if page.training is None else dict(page.training.history)
    length = min(map(len, history.values()), default=0)
    rows = zip(range(1, length + 1), *(values[:length] for values in history.values()), strict=True)
    _download_table("playground-curves.csv", ["epoch", *history], rows)


def _save_points(page):
    rows = ((f"{x:.9g}", f"{y:.9g}", f"{label:g}", ("train", "test")[int(test)]) for x, y, label, test in page.points.packed())
    _download_table("playground-points.csv", ["x", "y", "label", "part"], rows)


def _download_table(name, head, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    ui.download.content(text.getvalue().encode(), name, "text/csv")


def _save_arrays(page):
    """The arrays of `fit`, for a script whose data no function of the library makes."""
    if page.training is None:
        controls.complain(page.t("playground.no_points"))
        return
    (x, y), validation = page.training.data, page.training.validation_data
    arrays = {"x": x, "y": y} | ({} if validation is None else dict(zip(("x_val", "y_val"), validation, strict=True)))
    file = io.BytesIO()
    np.savez(file, **arrays)
    ui.download.content(file.getvalue(), "playground.npz", "application/octet-stream")


async def _load(page, event, dialog):
    data = await event.file.read()
    try:
        if len(data) > page.session.limits.upload:
            raise ValueError(page.t("playground.table.rejected", size=f"{page.session.limits.upload:,}"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "upload.safetensors"
            path.write_bytes(data)
            model = load_model(path)
        if not page.accepts(model, None) or not model.compiled:
            raise ValueError(page.t("playground.load.foreign"))
        features = model.preprocessing if isinstance(model.preprocessing, PointFeatures) else PointFeatures(["x", "y"])
        outputs = model.output_shape[-1]
        if outputs != {0: 1, 2: 1}.get(page.points.classes, page.points.classes):
            raise ValueError(page.t("playground.load.outputs"))
        points = page.points.with_features(features.formulas)
    except ValueError as error:
        controls.complain(error)
        return
    dialog.close()
    page.take(model, points=points)
