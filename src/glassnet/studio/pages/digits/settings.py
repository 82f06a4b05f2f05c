"""The settings of a new network, and what can be taken away: script and model file."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.pages.digits.setup import ACTIVATIONS, BATCH_SIZES, OPTIMIZERS, parse_hidden


class SettingsCard:
    """The settings of a new network, which open and close, and what can be taken away.

    Arguments:
        page: The page.
        row: Where the buttons for it go.
    """

    def __init__(self, page, row):
        self.page = page
        t = page.t
        with row:
            if page.setup:
                controls.button(t, "digits.settings", self._toggle, icon="tune")
            controls.button(t, "digits.export.script", self._script, icon="code")
            controls.button(t, "digits.export.model", self._model, icon="download")
        if page.setup:
            with controls.card() as self.panel, ui.element("div").classes("gn-digits-settings"):
                self._build_settings()
            self.panel.visible = False

    def _toggle(self):
        self.panel.visible = not self.panel.visible

    def _build_settings(self):
        t, setup = self.page.t, self.page.setup
        hidden = ", ".join(map(str, setup.hidden))
        self.hidden = controls.text_input(t, "digits.settings.hidden", hidden)
        names = {name: name for name in ACTIVATIONS}
        self.activation = controls.select(t, "digits.settings.activation", names, setup.activation)
        kinds = {name: kind.__name__ for name, (kind, _) in OPTIMIZERS.items()}
        self.optimizer = controls.select(t, "digits.settings.optimizer", kinds, setup.optimizer, self._suggest_rate)
        self.rate = controls.number(t, "digits.settings.rate", setup.learning_rate, minimum=1e-6, maximum=10)
        sizes = {size: str(size) for size in sorted({*BATCH_SIZES, setup.batch_size})}
        self.batch_size = controls.select(t, "digits.settings.batch", sizes, setup.batch_size)
        self.seed = controls.number(t, "digits.settings.seed", setup.seed, minimum=0, maximum=999_999, step=1)
        controls.button(t, "digits.settings.begin", self._begin, icon="restart_alt", primary=True)

    def _suggest_rate(self, event):
        self.rate.value = OPTIMIZERS[event.value][1]

    def _begin(self):
        t, setup = self.page.t, self.page.setup
        hidden = parse_hidden(self.hidden.value or "")
        if hidden is None:
            controls.complain(t("digits.settings.hidden.wrong"))
            return
        rate, seed = self.rate.value, self.seed.value
        if rate is None or seed is None or not 1e-6 <= rate <= 10 or not 0 <= seed <= 999_999:
            controls.complain(t("digits.settings.wrong"))
            return
        changed = replace(
            setup,
            hidden=hidden,
            activation=self.activation.value,
            optimizer=self.optimizer.value,
            learning_rate=float(rate),
            batch_size=self.batch_size.value,
            seed=int(seed),
        )
        try:
            self.page.restart(changed)
        except ValueError as error:
            controls.complain(error)

    # -- to take away ----------------------------------------------------------------------------------------------------------

    async def _script(self):
        await self._hand_out(lambda model: model.to_python().encode(), "digits.py")

    async def _model(self):
        await self._hand_out(_saved, "digits.safetensors")

    async def _hand_out(self, make, name):
        """Has the training's thread make a file between two steps, and gives it to the browser."""
        try:
            content = await asyncio.wrap_future(self.page.training.do(make))
        except ValueError as error:
            controls.complain(error)
            return
        ui.download.content(content, name)


def _saved(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.safetensors"
        model.save(path)
        return path.read_bytes()
