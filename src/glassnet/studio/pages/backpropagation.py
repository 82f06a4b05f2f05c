"""The page of the same name: not built yet."""

from nicegui import ui

from glassnet.studio.page import Page as Base


class Page(Base):
    """A heading."""

    def build(self):
        ui.label(self.t("backpropagation.title")).classes("gn-title").props("role=heading aria-level=1")
        ui.label(self.t("backpropagation.about")).classes("gn-about")
