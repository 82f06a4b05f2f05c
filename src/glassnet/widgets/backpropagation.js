// The picture as a whole: what is known at a position, the steps, the keys. Its parts are in the scripts in front of it.

// Everything that the drawing asks for, from the traits.
function moment(model) {
  const network = model.get("network");
  const stops = model.get("stops");
  const position = model.get("position");
  const array = numbers(model.get("values"));
  const value = (reference) => {
    const [, name, place] = reference.match(/^(.+?)\[(.*)\]$/);
    const { offset, shape } = network.numbers[name];
    return array[offset + place.split(",").reduce((sum, part, axis) => sum * shape[axis] + Number(part), 0)];
  };
  const done = new Set();
  for (const [name, { shape }] of Object.entries(network.numbers)) {
    if (/^(d|new) /.test(name)) continue;
    if (name === "input" || name === "target" || network.columns.some((column) => [column.kernel, column.bias].includes(name))) {
      for (const place of places(shape)) done.add(`${name}[${place.join(", ")}]`);
    }
  }
  const at = Math.max(0, stops.findLastIndex((stop) => stop.kind === "given" || stop.from < position));
  const stop = stops[at];
  for (const each of stops) each.parts.slice(0, Math.max(0, position - each.from)).flat().forEach((part) => done.add(part));
  const whole = model.get("grain") === "layer";
  const first = whole ? 0 : position - 1 - stop.from;
  const now = new Set(stop.parts.slice(Math.max(0, first), Math.max(0, position - stop.from)).flat());
  const read = new Set(stop.reads.slice(Math.max(0, first), Math.max(0, position - stop.from)).flat());
  const length = stops.at(-1).from + stops.at(-1).parts.length;
  return {
    network, stops, position, value, done, now, read, at, stop, length,
    grain: model.get("grain"), texts: model.get("texts"), selected: model.get("selected"), editable: model.get("editable"),
    explanation: model.get("explanation"), trains: model.get("trains"),
  };  // prettier-ignore
}

function places(shape) {
  return shape.reduce((found, size) => found.flatMap((start) => Array.from({ length: size }, (_, i) => [...start, i])), [[]]);
}

function ends(state) {
  return state.stops.map((stop) => stop.from + stop.parts.length);
}

function after(state) {
  if (state.grain === "neuron") return Math.min(state.length, state.position + 1);
  return ends(state).find((end) => end > state.position) ?? state.length;
}

function before(state) {
  if (state.grain === "neuron") return Math.max(0, state.position - 1);
  return ends(state).findLast((end) => end < state.position) ?? 0;
}

// What the card shows after a step: of what was just computed, that of the same neuron as before if there is one.
function follow(state) {
  const unit = (reference) => reference.match(/(\d+)\]$/)?.[1];
  const list = [...state.now];
  return list.find((part) => state.selected && unit(part) === unit(state.selected)) || list[0] || "";
}

function render({ model, el }) {
  const parts = {
    bar: make("div", { class: "gn-bp-bar" }),
    story: make("div", { class: "gn-bp-story", "aria-live": "polite" }),
    network: make("div", { class: "gn-bp-network" }),
    card: make("div", { class: "gn-bp-card" }),
  };
  const body = make("div", { class: "gn-bp-body" }, parts.network, parts.card);
  const root = make("div", { class: "gn-bp", tabindex: -1 }, parts.bar, parts.story, body);
  el.append(root);

  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  };
  const actions = {
    select: (reference) => set({ selected: reference }),
    go: (position, selected) => {
      model.set("position", position);
      set({ selected: selected ?? follow(moment(model)) });
    },
    grain: (grain) => set({ grain }),
    edit: (reference, value) => set({ edited: { reference, value, count: (model.get("edited").count || 0) + 1 } }),
    train: () => set({ made: model.get("made") + 1 }),
    copy: async (line, button) => {
      await navigator.clipboard.writeText(line);
      button.textContent = model.get("texts").copied;
    },
  };

  const draw = () => {
    const state = moment(model);
    const focused = el.getRootNode().activeElement?.closest?.("[data-key]");
    const key = focused && el.contains(focused) ? focused.getAttribute("data-key") : null;
    parts.bar.replaceChildren(...drawBar(state, actions));
    const story = make("div", {}, make("h3", {}, state.stop.title), make("p", {}, state.stop.text));
    if (parts.story.textContent !== story.textContent) parts.story.replaceChildren(story);
    const width = parts.network.clientWidth - 32;
    if (width > 0) parts.network.replaceChildren(drawNetwork(state, width, actions.select), legend(state));
    fillCard(parts.card, drawCard(state, actions));
    if (key) el.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  };

  const press = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.("input, select, textarea, [contenteditable=true]")) return;
    const state = moment(model);
    const target = { ArrowRight: after(state), ArrowLeft: before(state), Home: 0, End: state.length }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    if (target !== state.position) actions.go(target);
  };
  const anywhere = (event) => {
    const taken = event.defaultPrevented || event.target.closest?.("[role=dialog], [role=menu], [role=listbox], [role=slider]");
    if (model.get("whole_page") && !taken) press(event);
  };
  root.addEventListener("keydown", press);
  document.addEventListener("keydown", anywhere);
  const resized = new ResizeObserver(draw);
  resized.observe(parts.network);
  const names = ["network", "values", "stops", "texts", "explanation", "position", "grain", "selected", "editable", "trains"];
  const end = drawing(el, model, names, draw);
  return () => {
    end();
    resized.disconnect();
    document.removeEventListener("keydown", anywhere);
  };
}

// An explanation may arrive while a number is being typed: as long as the number is the same, its field stays on the page, with
// its focus and selection.
function fillCard(card, sections) {
  const [field, ...made] = [card, ...sections].map((part) => part.querySelector('[data-key="edit"]'));
  const at = made.findIndex((other) => field && other?.ariaLabel === field.ariaLabel && other.defaultValue === field.defaultValue);
  if (at < 0) return card.replaceChildren(...sections);
  const kept = field.closest("section");
  for (const part of [...card.children]) if (part !== kept) part.remove();
  kept.before(...sections.slice(0, at));
  kept.after(...sections.slice(at + 1));
}

function legend(state) {
  const { texts } = state;
  const item = (kind, text) => make("span", {}, make("i", { class: kind, "aria-hidden": "true" }), text);
  return make("div", { class: "gn-bp-legend" }, item("now", texts.now), item("read", texts.read), item("pos", texts.positive), item("neg", texts.negative));
}

function drawBar(state, actions) {
  const { texts } = state;
  const phases = ["given", "forward", "loss", "backward", "update"].map((phase) => {
    const dots = state.stops.map((stop, number) => [stop, number]).filter(([stop]) => stop.phase === phase);
    const buttons = dots.map(([stop, number]) =>
      make("button", {
        type: "button", class: `gn-bp-dot ${number < state.at ? "past" : ""}`, "data-key": `dot ${number}`, ...helped(stop.title),
        "aria-label": `${number}: ${stop.title}`, "aria-current": number === state.at ? "step" : undefined,
        onclick: () => actions.go(stop.from + stop.parts.length),
      }),
    );  // prettier-ignore
    const current = state.stop.phase === phase ? "current" : "";
    return make("div", { class: `gn-bp-phase ${current}`, style: `flex-grow: ${dots.length}` }, make("span", {}, texts[phase]), make("div", {}, ...buttons));
  });
  const button = (key, label, help, onclick, attributes = {}) =>
    make("button", { type: "button", "data-key": key, "aria-label": label.replace(/[←→] ?| ?[←→]/g, ""), onclick, ...helped(help), ...attributes }, label);
  const grains = ["layer", "neuron"].map((grain) =>
    button(`grain ${grain}`, texts[grain], texts.grain, () => actions.grain(grain), { "aria-pressed": String(state.grain === grain) }),
  );
  const last = state.position === state.length;
  const forwards =
    last && state.trains
      ? button("next", texts.make, texts.make_help, actions.train, { class: "primary" })
      : button("next", texts.next, texts.next_help, () => actions.go(after(state)), { class: "primary", disabled: last });
  const backwards = button("back", texts.back, texts.back_help, () => actions.go(before(state)), { disabled: state.position === 0 });
  const count = texts.step.replace("{number}", state.at).replace("{count}", state.stops.length - 1);
  return [
    make("div", { class: "gn-bp-title", "aria-hidden": "true" }, state.stop.title),
    make("div", { class: "gn-bp-track", role: "group", "aria-label": texts.title }, ...phases),
    make("div", { class: "gn-bp-controls" },
      make("span", { class: "gn-bp-count" }, count),
      make("div", { class: "gn-bp-grain", role: "group", "aria-label": texts.grain }, ...grains),
      make("div", { class: "gn-bp-move" }, backwards, forwards)),
  ];  // prettier-ignore
}

export default { render };
