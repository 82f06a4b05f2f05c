"""What stands around every page: the name, the tabs, help, language and theme."""

import asyncio
import json

from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.pages import NAMES, page_class

FOLLOW = """(event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  emit();
}"""
"""A link within the studio shows the page without loading; one that is to open in a new tab does what links do."""


def first_page(exhibit):
    """The name of the page that stands at the address "/", where this `Exhibit` or None is shown."""
    return NAMES[0] if exhibit is None else exhibit.page


class Frame:
    """The frame of one browser tab. It shows one page at a time; changing to another loads nothing anew.

    Arguments:
        session: `Session`.
        name: Of the page that is shown first.
        query: What the address says for it, `{name: text}`.
        preparation: `Preparation` of a page, which is shown only when that has ended; or None.
    """

    def __init__(self, session, name, query, preparation=None):
        self.session, self.name, self.page = session, name, None
        self._query, self._preparation = query, preparation
        self.root = ui.element("div").classes("gn-frame")
        self.dark = ui.dark_mode({"dark": True, "light": False}.get(session.theme))
        ui.on("gn-address", lambda event: self.show(event.args["name"] or first_page(session.exhibit), event.args["query"]))
        ui.on("gn-theme", lambda event: self._theme_changed(event.args))
        ui.on("gn-visible", lambda event: setattr(session, "visible", bool(event.args)))
        self.build()

    def t(self, key, **values):
        return self.session.t(f"frame.{key}", **values)

    def build(self):
        """Draws everything anew, in the session's language."""
        self.root.clear()
        with self.root:
            ui.link(self.t("skip"), "#page").classes("gn-skip")
            with ui.element("header").classes("gn-header"):
                brand = ui.link("glassnet", "/").classes("gn-brand")
                brand.on("click", lambda: self.open(NAMES[0]), js_handler=FOLLOW)
                tabs = ui.element("nav").classes("gn-tabs")
                tabs.props["aria-label"] = self.t("pages")
                with tabs:
                    self.tabs = {name: self._tab(name) for name in NAMES}
                with ui.element("div").classes("gn-tools"):
                    self.help = controls.icon_button(self.t, "help", "help_outline", self._help)
                    controls.button(self.t, "language", self._change_language).classes("gn-language")
                    theme = controls.icon_button(self.t, "theme", "contrast", None)
                    theme.on("click", js_handler="() => gnTheme()")
            self.body = ui.element("div").classes("gn-page").props("id=page tabindex=-1")
        self._build_page()

    def open(self, name):
        """Shows a page as it was left, and has the browser's "back" lead here."""
        if name == self.name:
            return
        self.show(name)
        query = self.page.address() if self.page else ""
        ui.navigate.history.push(f"/{name}{query}")

    def show(self, name, query=None):
        """Shows a page; with a query, one that is set up as this says."""
        if self.page:
            self.page.leave()
        self.name, self.page, self._query = name, None, query
        self._build_page()

    def _page(self, name, query):
        if name not in NAMES:
            return None
        pages = self.session.pages
        if name not in pages or (query is not None and query != pages[name].query):
            pages[name] = page_class(name)(self.session, query)
            exhibit = self.session.exhibit
            if exhibit is not None and exhibit.page == name and not query:
                pages[name].show(exhibit.model(), exhibit.data)
        return pages[name]

    def _tab(self, name):
        tab = ui.link(self.session.t(f"{name}.title"), f"/{name}").classes("gn-tab")
        tab.on("click", lambda: self.open(name), js_handler=FOLLOW)
        return tab

    def _build_page(self):
        for name, tab in self.tabs.items():
            tab.props["aria-current"] = "page" if name == self.name else False
        waits = self._preparation is not None and self._preparation.keeps_waiting(self.name)
        if self.page is None and not waits:
            self.page = self._page(self.name, self._query)
        self.help.set_visibility(bool(self.page))
        self.body.clear()
        with self.body:
            if self.page:
                self.page.build()
                for notice in self.page.notices:
                    controls.complain(notice)
                self.page.notices.clear()
            else:
                ui.label(self.t("preparing" if waits else "unknown", name=self.name)).classes("gn-about").props("role=status")
        if waits:
            with self.root:
                ui.timer(0, self._build_prepared, once=True)
        title = self.session.t(f"{self.name}.title") if self.name in NAMES else self.t("title")
        language = {"en": "en", "zh": "zh-Hans"}[self.session.language]
        told = [self.t(key) for key in ("lost", "lost.wait", "long", "long.why")]
        self.root.client.run_javascript(f"gnShown({json.dumps([title, language, told])})")

    async def _build_prepared(self):
        await asyncio.to_thread(self._preparation.join)
        if self.page is None:
            self._build_page()

    def _change_language(self):
        self.session.language = "zh" if self.session.language == "en" else "en"
        self.root.client.run_javascript(f"gnRemember('language', '{self.session.language}')")
        self.build()
        self.root.client.run_javascript("document.querySelector('.gn-language').focus()")  # where the keyboard was

    def _theme_changed(self, theme):
        if theme in ("light", "dark"):
            self.session.theme = theme
            self.dark.value = theme == "dark"

    def _help(self):
        with self.root, ui.dialog() as dialog, ui.element("div").classes("gn-card gn-help"):
            ui.label(self.session.t(f"{self.name}.title")).classes("gn-title").props("role=heading aria-level=2")
            for paragraph in self.session.t(f"{self.name}.help").strip().split("\n\n"):
                ui.label(" ".join(paragraph.split()))
            controls.button(self.t, "help.close", dialog.close, primary=True)
        dialog.on("hide", dialog.delete)
        dialog.open()
