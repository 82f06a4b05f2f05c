// The controls that lie on the picture: features, layers and neurons.

function buildFeatures(net) {
  const { places, words, ask } = net;
  const { x, ys } = places.columns[0];
  const head = element("div", "gn-net-head", net.controls);
  element("div", "gn-net-title", head).textContent = words().features ?? "";
  head.style.left = `${x - 22}px`;
  places.features.forEach((feature, i) => {
    const turn = () => ask("feature", { formula: feature.formula, on: !feature.on });
    const made = button(net.controls, "gn-net-feature", "", turn, `feature-${feature.formula}`);
    element("span", "", made).textContent = feature.text;
    element("i", "", made).style.width = `${places.tile}px`;
    place(made, 14, ys[i] - places.tile / 2, x + places.tile / 2 - 14, places.tile);
    describe(made, words().feature);
    made.setAttribute("aria-pressed", String(feature.on));
    made.setAttribute("aria-label", feature.text);
    net.watch(made, -1, i);
    if (!feature.own) return;
    const forget = button(net.controls, "gn-net-forget", "\u00d7", () => ask("forget", { formula: feature.formula }), `forget-${feature.formula}`);
    describe(forget, words().forget, feature.text);
    place(forget, 0, ys[i] - 9, 18, 18);
  });
  const own = button(net.controls, "gn-net-own", `+ ${words().formula ?? ""}`, () => openFormula(net, own), "own");
  describe(own, words().formula_help);
  own.setAttribute("aria-label", words().formula ?? "");
  own.style.right = `${places.width - x - places.tile / 2}px`;
  own.style.top = `${ys[ys.length - 1] + places.step / 2 + 6}px`;
}

function buildHead(net, layer, number, last) {
  const { model, places, words, ask } = net;
  const x = places.columns[number + 1].x;
  const head = element("div", "gn-net-head", net.controls);
  head.style.left = `${x}px`;
  element("div", "gn-net-title", head).textContent = layer.title;
  const layers = places.layers.length - 1;
  const add = button(net.controls, "gn-net-round gn-net-between", "+", () => ask("add_layer", { at: number }), `add-${number}`);
  add.style.left = `${(x + places.columns[number].x) / 2}px`;
  add.disabled = layers >= model.get("most_layers");
  describe(add, words().add_layer, number + 1);
  const row = element("div", "gn-net-row", head);
  if (last) {
    element("b", "", row).textContent = layer.units;
    const activation = element("div", "gn-net-row", head);
    activation.textContent = layer.activation;
    activation.style.color = "var(--gn-muted)";
    return;
  }
  const units = (by) => ask("units", { at: number, units: layer.units + by });
  const fewer = button(row, "gn-net-round", "\u2212", () => units(-1), `fewer-${number}`);
  fewer.disabled = layer.units <= 1;
  describe(fewer, words().fewer, layer.title);
  element("b", "", row).textContent = layer.units;
  const more = button(row, "gn-net-round", "+", () => units(1), `more-${number}`);
  more.disabled = layer.units >= model.get("most_units");
  describe(more, words().more, layer.title);
  const below = element("div", "gn-net-row", head);
  const choice = element("select", "", below);
  choice.dataset.key = `activation-${number}`;
  describe(choice, words().activation, layer.title);
  for (const [name, text] of model.get("activations")) choice.append(new Option(text, name, false, name === layer.activation));
  choice.addEventListener("change", () => ask("activation", { at: number, value: choice.value }));
  const remove = button(below, "gn-net-plain", "\u00d7", () => ask("remove_layer", { at: number }), `remove-${number}`);
  describe(remove, words().remove_layer, layer.title);
}

function buildNeurons(net) {
  const { places, words } = net;
  places.columns.slice(1).forEach(({ x, ys }, layer) => {
    ys.forEach((y, unit) => {
      const made = button(net.controls, "gn-net-neuron", "", () => openNeuron(net, layer, unit), `neuron-${layer}-${unit}`);
      place(made, x - places.tile / 2, y - places.tile / 2, places.tile, places.tile);
      describe(made, words().open);
      made.setAttribute("aria-label", places.nameOf(layer, unit));
      net.watch(made, layer, unit);
    });
  });
}

function button(parent, name, text, act, key) {
  const made = element("button", name, parent);
  made.type = "button";
  made.textContent = text;
  made.dataset.key = key;
  made.addEventListener("click", act);
  return made;
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function place(node, left, top, width, height) {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

// A control's help: the studio shows it in a bubble, screen readers read it as the name, with what it belongs to.
function describe(node, text, whose) {
  node.dataset.help = text ?? "";
  node.setAttribute("aria-label", [text ?? "", whose].filter(Boolean).join(", "));
}
