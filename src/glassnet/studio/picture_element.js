// The page's end of a picture: the interface that anywidget modules expect, over one message a frame in each direction.
export default {
  template: "<div></div>",
  props: { traits: Object, module: String, styles: String },
  async mounted() {
    this.attributes = { ...this.traits };
    this.changed = new Set();
    this.listeners = new Map();
    this.model = {
      get: (name) => this.attributes[name],
      set: (name, value) => {
        this.attributes[name] = value;
        this.changed.add(name);
        this.tell(`change:${name}`, value);
      },
      save_changes: () => {
        if (!this.changed.size) return;
        const values = Object.fromEntries([...this.changed].map((name) => [name, this.attributes[name]]));
        this.changed.clear();
        this.tell("change");
        this.$emit("changed", values);
      },
      on: (name, listener) => {
        if (!this.listeners.has(name)) this.listeners.set(name, new Set());
        this.listeners.get(name).add(listener);
      },
      off: (name, listener) => {
        if (!name) this.listeners.clear();
        else if (!listener) this.listeners.delete(name);
        else this.listeners.get(name)?.delete(listener);
      },
      send: (content) => this.$emit("sent", content),
    };
    const loading = import(this.module);
    if (!document.getElementById(this.styles)) {
      const link = Object.assign(document.createElement("link"), { id: this.styles, rel: "stylesheet", href: this.styles });
      const loaded = new Promise((resolve) => (link.onload = link.onerror = resolve));
      document.head.append(link);
      await loaded;
    }
    const { default: picture } = await loading;
    if (this.gone) return;
    const ends = [await picture.initialize?.({ model: this.model })];
    ends.push(await picture.render?.({ model: this.model, el: this.$el }));
    this.end = () => ends.reverse().forEach((end) => end?.());
    if (this.gone) this.end();
    else this.$emit("drawn");
  },
  unmounted() {
    this.gone = true;
    this.end?.();
  },
  methods: {
    tell(event, value) {
      for (const listener of [...(this.listeners.get(event) ?? [])]) listener(value);
    },
    // What the server sent: only once it is on the screen does the server send the next, so that nothing piles up.
    receive(values) {
      Object.assign(this.attributes, values);
      for (const [name, value] of Object.entries(values)) this.tell(`change:${name}`, value);
      this.tell("change");
      requestAnimationFrame(() => this.$emit("drawn"));
    },
  },
};
