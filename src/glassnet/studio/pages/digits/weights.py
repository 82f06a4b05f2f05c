"""The weights into each neuron of the first layer, as images."""

from glassnet.studio import controls
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.image_grid import ImageGrid


class WeightsCard:
    """What each neuron of the first layer looks for.

    Attributes: `of`, what the page showed it for.
    """

    def __init__(self, page):
        self.page, self.of = page, None
        t = page.t
        with controls.card(t("digits.weights"), "gn-digits-weights"):
            self.grid = ImageGrid(label=t("digits.weights"), item=t("digits.weights.item"), size=68)
            PictureElement(self.grid)
        self.first = next(iter(page.reader.units))
        self.grid.observe(self._chosen, "clicked")

    def show(self):
        """Shows the weights as they are now."""
        reader, selected = self.page.reader, self.page.selected
        images = reader.first_weights()
        captions = [[str(unit), ""] for unit in range(len(images))] if not self.grid.captions else None
        with self.grid.hold_trait_notifications():
            self.grid.show_signed(images, captions)
            self.grid.crossed = [unit for layer, unit in reader.off if layer == self.first]
            self.grid.selected = int(selected.split("/")[1]) if selected.startswith("1/") else -1

    def _chosen(self, change):
        key = f"1/{change['new']['index']}"
        self.page.select("" if self.page.selected == key else key)
