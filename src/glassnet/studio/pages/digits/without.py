"""What the network is without each of its neurons."""

from nicegui import ui

from glassnet.inspect.ablation import ablation
from glassnet.studio.live_text import LiveText
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.answer_bars import AnswerBars

EXAMPLES = 5000


class WithoutView:
    """The test accuracy without each neuron by itself, and without those that are switched off."""

    every = 2.0

    def __init__(self, page):
        self.page = page
        t = page.t
        self.told = LiveText(t("digits.without.measures")).classes("gn-muted")
        ui.label(t("digits.without.how")).classes("gn-muted")
        self.bars = {}
        hidden = list(page.reader.units.items())[:-1]
        with ui.element("div").classes("gn-digits-without"):
            for number, (layer, units) in enumerate(hidden, 1):
                with ui.element("div"):
                    label = t("digits.without.layer", number=number)
                    ui.label(label).classes("gn-label")
                    bars = AnswerBars(label=label, labels=[str(unit) for unit in range(units)], signed=True, limit=0.0)
                    self.bars[layer] = bars
                    PictureElement(bars)

    async def update(self, seen):
        """Evaluates the network without each neuron, aside."""
        found = await self.page.aside(_without, seen, self.page.reader.off)
        if self.told.is_deleted:  # another view is shown by now
            return
        t, (whole, now, effects) = self.page.t, found
        count = len(self.page.reader.off)
        key = "digits.without.told" if count else "digits.without.all"
        self.told.text = t(key, whole=f"{100 * whole:.2f}", now=f"{100 * now:.2f}", count=count)
        for layer, bars in self.bars.items():
            bars.values = [100 * effects[f"{layer}[{unit}]"] for unit in range(self.page.reader.units[layer])]


def _without(bench):
    """Accuracy with all neurons, without those that are off, and the change by each neuron alone."""
    x, y = bench.material.x_test[:EXAMPLES], bench.material.y_test[:EXAMPLES]
    _, now = bench.measure(x, y)
    bench.off = []
    _, whole = bench.measure(x, y)
    if len(bench.units) == 1:
        return whole, now, {}
    found = ablation(bench.model, x, bench.labels(y))
    return whole, now, {effect.neuron: effect.changes["accuracy"] for effect in found.effects}
