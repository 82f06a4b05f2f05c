"""A picture on a bare page: the interface of anywidget in a few lines, with the traits of the Python side behind it."""

SCRIPT = """window.gnHost = async (script, traits) => {
  const listeners = {};
  let unsaved = {};
  const tell = (names) => names.forEach((name) => (listeners[`change:${name}`] ?? new Set()).forEach((listen) => listen()));
  const receive = (changes) => {
    Object.assign(traits, changes);
    tell(Object.keys(changes));
  };
  const model = {
    get: (name) => traits[name],
    set: (name, value) => {
      traits[name] = value;
      unsaved[name] = value;
    },
    on: (event, listen) => (listeners[event] ??= new Set()).add(listen),
    off: (event, listen) => listeners[event]?.delete(listen),
    save_changes: async () => {
      const changes = unsaved;
      unsaved = {};
      tell(Object.keys(changes));
      receive(await window.gnChanged(changes));
    },
  };
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const module = await import(url);
  module.default.render({ model, el: document.querySelector("#picture") });
}; 0"""
NOTEBOOK = ("layout", "tabbable", "tooltip", "comm")


def show(page, picture):
    """Draws a `Picture` on a page; what the browser sets arrives in it, and what that changes goes back."""
    names = [name for name in picture.traits(sync=True) if not name.startswith("_") and name not in NOTEBOOK]
    changed = {}
    picture.observe(lambda change: changed.update({change["name"]: change["new"]}), names)

    def receive(changes):
        changed.clear()
        for name, value in changes.items():
            setattr(picture, name, value)
        return {name: value for name, value in changed.items() if name not in changes}

    page.expose_function("gnChanged", receive)
    page.set_content(f'<meta charset="utf-8"><style>{picture._css}</style><div id="picture"></div>')
    page.evaluate(SCRIPT)
    page.evaluate("([script, traits]) => gnHost(script, traits)", [str(picture._esm), {n: getattr(picture, n) for n in names}])
