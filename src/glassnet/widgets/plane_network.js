// The picture as a whole: what is hovered, clicked and saved. Its parts are in the scripts in front of it.

function render({ model, el }) {
  const root = element("div", "gn-net", el);
  const stage = element("div", "gn-net-stage", root);
  const { node, context, resize } = canvas(stage, 300, 300);
  let count = 0;

  const say = (name, value) => {
    model.set(name, Array.isArray(value) ? value : { n: ++count + Date.now(), ...value });
    model.save_changes();
  };
  // What the parts share; hovered is {layer, unit} or {layer, from, to}.
  const net = {
    model, el, root, stage, say, hover,
    controls: element("div", "", stage),
    tip: element("div", "gn-net-tip", stage),
    places: null, card: null, hovered: null,
    words: () => model.get("words") ?? {},
    ask: (what, more) => say("asked", { what, ...more }),
    watch: (made, layer, unit) => {
      for (const event of ["pointerenter", "focus"]) made.addEventListener(event, () => hover({ layer, unit }));
      for (const event of ["pointerleave", "blur"]) made.addEventListener(event, () => hover(null));
    },
  };  // prettier-ignore

  function draw() {
    const wanted = arrange(model, root.clientWidth);
    if (wanted.width !== net.places?.width || wanted.height !== net.places.height) resize(wanted.width, wanted.height);
    net.places = wanted;
    context.clearRect(0, 0, wanted.width, wanted.height);
    paint(net, onCanvas(context), false);
  }

  function build() {
    const usable = () => [...net.controls.querySelectorAll("[data-key]:not(:disabled)")];
    const focused = usable().indexOf(document.activeElement);
    const key = document.activeElement?.dataset?.key;
    draw();
    const { width, height, layers } = net.places;
    Object.assign(stage.style, { width: `${width}px`, height: `${height}px` });
    net.controls.replaceChildren();
    buildFeatures(net);
    layers.forEach((layer, number) => buildHead(net, layer, number, number === layers.length - 1));
    buildNeurons(net);
    const made = focused < 0 ? [] : usable(); // whose own control is gone goes on at its neighbour
    (made.find((control) => control.dataset.key === key) ?? made[Math.min(focused, made.length - 1)])?.focus();
    node.setAttribute("aria-label", model.get("label"));
    node.setAttribute("role", "img");
  }

  // -- what the pointer is on ----------------------------------------------------------------------------------------------

  function hover(what) {
    const before = JSON.stringify(net.hovered);
    net.hovered = what;
    if (JSON.stringify(what) === before) return;
    const neuron = what && what.from === undefined ? [what.layer, what.unit] : [];
    if (JSON.stringify(neuron) !== JSON.stringify(model.get("hovered"))) say("hovered", neuron);
    showTip();
    draw();
  }

  function showTip() {
    const { hovered, tip, card, places, words } = net;
    tip.classList.toggle("gn-on", Boolean(hovered) && !card);
    if (!hovered || card) return;
    const [weights, slopes] = [numbers(model.get("weights")), numbers(model.get("gradients"))];
    const lines = [];
    const number = (value) => (value === undefined ? "" : typeset(value.toPrecision(4)));
    let at;
    if (hovered.from !== undefined) {
      const index = places.kernelAt(hovered.layer, hovered.from, hovered.to);
      lines.push(`${places.layers[hovered.layer].name}/kernel[${hovered.from}, ${hovered.to}]`);
      lines.push(`${words().weight ?? ""} ${number(weights[index])}`);
      if (slopes.length) lines.push(`${words().gradient ?? ""} ${number(slopes[index])}`);
      at = hovered.at;
    } else {
      lines.push(places.nameOf(hovered.layer, hovered.unit));
      const bias = hovered.layer >= 0 ? places.biasAt(hovered.layer, hovered.unit) : -1;
      if (bias >= 0) lines.push(`${words().bias ?? ""} ${number(weights[bias])}`);
      if (bias >= 0 && slopes.length) lines.push(`${words().gradient ?? ""} ${number(slopes[bias])}`);
      const column = places.columns[hovered.layer + 1];
      at = { x: column.x + places.tile / 2, y: column.ys[hovered.unit] };
    }
    tip.textContent = lines.join("\n");
    tip.style.left = `${Math.min(at.x + 10, places.width - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.max(0, at.y - tip.offsetHeight - 8)}px`;
  }

  const pointed = (event) => {
    const box = stage.getBoundingClientRect();
    return nearestLink(net.places, event.clientX - box.left, event.clientY - box.top);
  };
  node.addEventListener("pointermove", (event) => {
    const found = pointed(event);
    node.style.cursor = found ? "pointer" : "";
    hover(found && { layer: found.layer, from: found.from, to: found.to, at: found.at });
  });
  node.addEventListener("pointerleave", () => hover(null));
  node.addEventListener("click", (event) => {
    const found = pointed(event);
    if (!found) return close(net);
    const { at, layer, from, to } = found;
    openNumbers(net, at, net.places.nameOf(layer, to), [weightRow(net, layer, from, to)]);
  });
  const inside = (target) => net.card.contains(target) || net.controls.contains(target) || target === node;
  const outside = (event) => net.card && !inside(event.target) && close(net);
  document.addEventListener("pointerdown", outside);

  // -- size, saving ----------------------------------------------------------------------------------------------------------

  let width = 0;
  const watcher = new ResizeObserver(() => {
    if (root.clientWidth !== width) build();
    width = root.clientWidth;
  });
  watcher.observe(root);
  const save = () => {
    const { places } = net;
    const { kind, name } = model.get("save");
    if (kind === "png") {
      const made = canvas(document.createElement("div"), places.width, places.height);
      made.context.fillStyle = colours(el).surface;
      made.context.fillRect(0, 0, places.width, places.height);
      paint(net, onCanvas(made.context), true);
      download(made.node.toDataURL("image/png"), `${name}.png`);
    }
    if (kind === "svg") {
      const parts = [];
      paint(net, asSvg(parts), true);
      const start = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${places.width} ${places.height}">`;
      download(URL.createObjectURL(new Blob([start, ...parts, "</svg>"], { type: "image/svg+xml" })), `${name}.svg`);
    }
  };
  model.on("change:save", save);
  const structure = ["features", "layers", "activations", "most_layers", "words", "label"];
  let built = "";
  const ends = [
    drawing(el, model, structure, () => {
      const wanted = JSON.stringify(structure.map((name) => model.get(name)));
      if (wanted === built) return; // a change of theme alone: what is open stays open
      built = wanted;
      close(net);
      build();
    }),
    drawing(el, model, ["tiles", "weights", "gradients", "deltas", "show", "selected"], () => {
      draw();
      showTip();
    }),
  ];
  return () => {
    watcher.disconnect();
    document.removeEventListener("pointerdown", outside);
    model.off("change:save", save);
    ends.forEach((end) => end());
  };
}

export default { render };
