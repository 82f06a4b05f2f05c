"""Labelled controls. Each has its words from the table of texts: its name under `key`, one sentence of help under `key.help`."""

from nicegui import ui

from glassnet.studio.slider import Slider


def number_text(number, form="g"):
    """A number as text, with a minus sign instead of a hyphen."""
    return f"{number:{form}}".replace("-", "−")


def percent_text(share, digits=0):
    """A share from 0 to 1 as per cent."""
    return f"{100 * share:.{digits}f} %"


def described(element, t, key, **values):
    """Gives an element the help of a key: shown on hover and on keyboard focus, read out by screen readers."""
    words = t(f"{key}.help", **values)
    element.props["data-help"] = element.props["aria-description"] = words
    return element


def named(element, t, key):
    """Gives an element without a visible label its name and its help."""
    element.props["aria-label"] = t(key)
    return described(element, t, key)


def button(t, key, on_click, icon=None, primary=False):
    """A button with a text. One on a card at most is `primary`: filled with ink."""
    kind = "gn-button gn-primary" if primary else "gn-button"
    made = ui.button(t(key), on_click=on_click, icon=icon, color=None).props("flat no-caps").classes(kind)
    return described(made, t, key)


def icon_button(t, key, icon, on_click):
    """A round button with an icon of the Material set."""
    made = ui.button(on_click=on_click, icon=icon, color=None).props("flat round").classes("gn-icon-button")
    return named(made, t, key)


def select(t, key, options, value, on_change=None):
    """A choice of one. `options` is `{value: text}`; the texts are the page's, from the table or names such as "relu"."""
    with ui.element("div").classes("gn-control") as box:
        ui.label(t(key)).classes("gn-label")
        made = ui.select(options, value=value, on_change=on_change).props("dense outlined options-dense").classes("gn-select")
    made.props["label"] = t(key)  # what the combobox within is called; the theme does not show it a second time
    described(box, t, key)
    return made


def number(t, key, value, on_change=None, minimum=None, maximum=None, step=None):
    """A number to be typed, within bounds; a whole one where `step` is one."""
    with ui.element("div").classes("gn-control") as box:
        ui.label(t(key)).classes("gn-label")
        whole = 0 if isinstance(step, int) else None  # digits behind the point
        made = ui.number(value=value, min=minimum, max=maximum, step=step, precision=whole, on_change=on_change)
        made.props("dense outlined").classes("gn-number")
    made.props["aria-label"] = t(key)
    described(box, t, key)
    return made


def text_input(t, key, value="", on_change=None):
    """A line of text."""
    with ui.element("div").classes("gn-control") as box:
        ui.label(t(key)).classes("gn-label")
        made = ui.input(value=value, on_change=on_change).props("dense outlined debounce=300").classes("gn-text")
    made.props["aria-label"] = t(key)
    described(box, t, key)
    return made


def switch(t, key, value=False, on_change=None):
    """Something that is on or off."""
    made = ui.switch(t(key), value=value, on_change=on_change).props("dense").classes("gn-switch")
    return described(made, t, key)


def slider(t, key, value, minimum, maximum, step, on_change=None, shown=number_text):
    """A number on a line, with its value beside the name. `shown(value)` writes it.

    Returns: The slider, whose `value` can be set.
    """
    with ui.element("div").classes("gn-control") as box:
        with ui.element("div").classes("gn-label-row"):
            ui.label(t(key)).classes("gn-label")
            written = ui.label(shown(value)).classes("gn-value")
        made = Slider(value, minimum, maximum, step, shown, on_change)
        made.props["aria-label"] = t(key)
        written.bind_text_from(made, "value", shown)
    described(box, t, key)
    return made


def choice(t, key, options, value, on_change=None):
    """A few values side by side, `{value: text}`."""
    with ui.element("div").classes("gn-control") as box:
        ui.label(t(key)).classes("gn-label")
        made = ui.toggle(options, value=value, on_change=on_change).props("flat no-caps dense").classes("gn-choice")
    made.props["role"] = "group"
    made.props["aria-label"] = t(key)
    described(box, t, key)
    return made


def card(title=None, classes=""):
    """A card, to be used as a context; `title` is a text of the table."""
    made = ui.element("section").classes(f"gn-card {classes}")
    if title is not None:
        with made:
            ui.label(title).classes("gn-card-title").props("role=heading aria-level=2")
    return made


def complain(message):
    """Tells what went wrong, in the words of the library's error."""
    ui.notify(str(message), position="bottom", timeout=8000, close_button="✕", classes="gn-notice")


def keys(element, handlers):
    """Has keys obeyed as long as an element is on the page, unless the focus is on something that uses them itself.

    Arguments:
        element: A container; the keys work wherever the focus is.
        handlers: `{"ArrowRight": function, "Shift+ArrowRight": function, " ": function}`; names are those of the browser's
            `KeyboardEvent.key`.
    """
    element.props["data-keys"] = "\n".join(handlers)
    element.on("gnkey", lambda event: handlers[event.args](), js_handler="(event) => emit(event.detail)")
