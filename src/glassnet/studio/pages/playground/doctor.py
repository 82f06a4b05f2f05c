"""Why isn't it learning? What the doctor finds, and its cures at a click."""

import asyncio

from nicegui import ui

from glassnet.studio import controls


async def ask_doctor(page):
    """Has the network examined in its training's thread, and shows what was found."""
    training = page.training
    if training is None:
        controls.complain(page.t("playground.no_points"))
        return
    training.pause()
    try:
        diagnosis = await asyncio.wrap_future(
            training.do(lambda model: model.diagnose(*training.data, validation_data=training.validation_data))
        )
    except ValueError as error:
        controls.complain(error)
        return
    with ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help gn-doctor"):
        ui.label(page.t("playground.doctor")).classes("gn-title").props("role=heading aria-level=2")
        if diagnosis.healthy:
            ui.label(page.t("playground.doctor.healthy"))
        for finding in diagnosis:
            _show(page, finding, dialog)
        controls.button(page.t, "playground.doctor.close", dialog.close)
    dialog.on("hide", dialog.delete)
    dialog.open()


def _show(page, finding, dialog):
    name = f"playground.finding.{finding.name}"

    def cure():
        try:
            model = finding.apply()
        except ValueError as error:
            controls.complain(error)
            return
        dialog.close()
        if page.take(model, points=page.points):
            controls.complain(page.t("playground.doctor.applied", cure=page.t(f"{name}.cure")))

    with ui.element("article").classes("gn-finding"):
        where = ", ".join(finding.where)
        ui.label(page.t(name) + (f" · {where}" if where else "")).classes("gn-card-title")
        ui.label(page.t(f"{name}.meaning"))
        measured = page.t("playground.doctor.measured", measured=f"{finding.measured:.4g}", limit=f"{finding.threshold.limit:g}")
        ui.label(measured).classes("gn-muted gn-small gn-mono")
        with ui.element("div").classes("gn-row gn-spread"):
            ui.label(page.t(f"{name}.cure"))
            controls.button(page.t, "playground.doctor.apply", cure)
