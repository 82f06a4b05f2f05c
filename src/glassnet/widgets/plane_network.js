function render({ model, el }) {
  const words = () => model.get("words") ?? {};
  const root = element("div", "gn-net", el);
  const stage = element("div", "gn-net-stage", root);
  const { node, context, resize } = canvas(stage, 300, 300);
  const controls = element("div", "", stage);
  const tip = element("div", "gn-net-tip", stage);
  let card = null;
  let places = null;
  let hovered = null; // {layer, unit} or {layer, from, to}
  let count = 0;
  let straight = false; // whether lines are drawn without a curve, because they are thousands

  const say = (name, value) => {
    model.set(name, Array.isArray(value) ? value : { n: ++count + Date.now(), ...value });
    model.save_changes();
  };
  const ask = (what, more) => say("asked", { what, ...more });

  // -- where things are ------------------------------------------------------------------------------------------------

  function measure() {
    const features = model.get("features");
    const layers = model.get("layers");
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    const rows = Math.max(features.length, ...layers.map((layer) => layer.units));
    const step = rows <= 8 ? 46 : Math.max(20, Math.floor(640 / rows));
    const tile = rows <= 8 ? 34 : Math.max(15, step - Math.max(5, Math.round(step / 5)));
    const head = coarse ? 104 : 84;
    const [before, after] = [root.clientWidth < 420 ? 100 : 116, 40]; // room for the features' names, and half of the last column
    const least = coarse ? 118 : 86;
    const width = Math.max(root.clientWidth, before + after + least * layers.length);
    const column = (number) => before + ((width - before - after) * number) / layers.length;
    const height = head + rows * step + 40;
    const spread = (units) => Array.from({ length: units }, (_, i) => head + ((rows - units) / 2 + i + 0.5) * step);
    const columns = [{ x: column(0), ys: spread(features.length) }];
    layers.forEach((layer, number) => columns.push({ x: column(number + 1), ys: spread(layer.units) }));
    return { width, height, head, tile, step, columns, fed: features.flatMap((feature, i) => (feature.on ? [i] : [])) };
  }

  // The places in the vector of parameters of a layer's kernel and bias.
  const fan = (layer) => (layer ? model.get("layers")[layer - 1].units : places.fed.length);
  const kernelAt = (layer, from, to) => model.get("layers")[layer].kernel + from * model.get("layers")[layer].units + to;
  const biasAt = (layer, unit) => (model.get("layers")[layer].bias < 0 ? -1 : model.get("layers")[layer].bias + unit);
  const left = (layer, from) => ({
    x: places.columns[layer].x + places.tile / 2,
    y: places.columns[layer].ys[layer ? from : places.fed[from]],
  });
  const nameOf = (layer, unit) => {
    if (layer < 0) return model.get("features")[unit]?.text ?? "";
    return `${model.get("layers")[layer].name}[${unit}]`;
  };

  // -- painting -----------------------------------------------------------------------------------------------------------

  function paint(pen, written) {
    const palette = colours(el);
    const slopes = model.get("show") === "gradients" && model.get("gradients");
    const values = numbers(slopes ? model.get("gradients") : model.get("weights"));
    const deltas = numbers(model.get("deltas"));
    const most = slopes ? values.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 1e-30) : 1;
    const strongest = deltas.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 1e-30);
    const thick = Math.max(0.4, places.tile / 34);
    const layers = model.get("layers");
    const count = layers.reduce((sum, layer, number) => sum + fan(number) * layer.units, 0);
    straight = count > 1500;
    const faint = straight ? 0.12 : 0; // of thousands of lines, those that could hardly be seen only cost time
    layers.forEach((layer, number) => {
      for (let from = 0; from < fan(number); from++) {
        const a = left(number, from);
        for (let to = 0; to < layer.units; to++) {
          const value = values[kernelAt(number, from, to)] / most;
          if (!Number.isFinite(value)) continue;
          const size = Math.abs(value);
          if (size < faint) continue;
          const lit = hovered && hovered.layer === number && hovered.from === from && hovered.to === to;
          const width = slopes ? 0.5 + 6 * size : 0.5 + 1.6 * Math.min(size, 4);
          const alpha = lit ? 1 : slopes ? 0.1 + 0.9 * Math.sqrt(size) : 0.1 + 0.8 * Math.min(1, size);
          const b = { x: places.columns[number + 1].x - places.tile / 2, y: places.columns[number + 1].ys[to] };
          pen.link(a, b, (lit ? Math.max(width, 3) : width) * thick, value < 0 ? palette.neg : palette.pos, alpha, straight);
        }
      }
    });
    paintNeurons(pen, palette, slopes && deltas.length ? deltas : null, strongest);
    if (!written) return;
    model.get("features").forEach((feature, i) => {
      if (feature.on) pen.text(feature.text, left(0, places.fed.indexOf(i)).x - places.tile - 8, places.columns[0].ys[i] + 4, palette, "right");
    });
    layers.forEach((layer, number) => {
      const x = places.columns[number + 1].x;
      pen.text(layer.title, x, places.head - 46, palette, "center");
      pen.text(`${layer.units} · ${layer.activation}`, x, places.head - 28, palette, "center");
    });
  }

  function paintNeurons(pen, palette, deltas, strongest) {
    const side = model.get("tile");
    const atlas = tilesImage(bytes(model.get("tiles")), side, palette);
    const weights = numbers(model.get("weights"));
    const [chosenLayer, chosenUnit] = model.get("selected");
    let number = 0;
    let unitsBefore = 0;
    places.columns.forEach(({ x, ys }, column) => {
      ys.forEach((y, unit) => {
        const [layer, tile] = [column - 1, places.tile];
        const on = layer >= 0 || model.get("features")[unit].on;
        const lit = hovered && hovered.from === undefined && hovered.layer === layer && hovered.unit === unit;
        const chosen = chosenLayer === layer && chosenUnit === unit;
        const corner = { x: x - tile / 2, y: y - tile / 2 };
        const delta = layer >= 0 && deltas ? deltas[unitsBefore + unit] / strongest : null;
        let [line, width] = [lit || chosen ? palette.ink : palette.muted, lit || chosen ? 2 : 1];
        if (delta !== null) [line, width] = [delta < 0 ? palette.neg : palette.pos, 1 + 3.5 * Math.abs(delta)];
        pen.tile(atlas, number * side, side, corner, tile, line, width, on ? 1 : 0.28);
        const bias = layer >= 0 ? biasAt(layer, unit) : -1;
        if (bias >= 0) {
          const value = weights[bias];
          const dot = Math.max(4, tile / 6);
          pen.dot(corner.x - dot / 2, corner.y + tile - dot / 2, dot, value < 0 ? palette.neg : palette.pos, Math.min(1, Math.abs(value)), palette);
        }
        number += 1;
      });
      if (column > 0) unitsBefore += ys.length;
    });
  }

  function draw() {
    const wanted = measure();
    if (!places || wanted.width !== places.width || wanted.height !== places.height) resize(wanted.width, wanted.height);
    places = wanted;
    context.clearRect(0, 0, places.width, places.height);
    paint(onCanvas(context), false);
  }

  // -- controls around the picture -----------------------------------------------------------------------------------------

  function build() {
    const focus = document.activeElement?.dataset?.key;
    draw();
    stage.style.width = `${places.width}px`;
    stage.style.height = `${places.height}px`;
    controls.replaceChildren();
    buildFeatures();
    const layers = model.get("layers");
    layers.forEach((layer, number) => buildHead(layer, number, number === layers.length - 1));
    places.columns.slice(1).forEach(({ x, ys }, layer) => {
      ys.forEach((y, unit) => {
        const made = button("gn-net-neuron", "", () => openNeuron(layer, unit), `neuron-${layer}-${unit}`);
        place(made, x - places.tile / 2, y - places.tile / 2, places.tile, places.tile);
        describe(made, words().open);
        made.setAttribute("aria-label", nameOf(layer, unit));
        watch(made, layer, unit);
      });
    });
    if (focus) controls.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
    node.setAttribute("aria-label", model.get("label"));
    node.setAttribute("role", "img");
  }

  function buildFeatures() {
    const { x, ys } = places.columns[0];
    const head = element("div", "gn-net-head", controls);
    element("div", "gn-net-title", head).textContent = words().features ?? "";
    head.style.left = `${x - 22}px`;
    model.get("features").forEach((feature, i) => {
      const turn = () => ask("feature", { formula: feature.formula, on: !feature.on });
      const made = button("gn-net-feature", "", turn, `feature-${feature.formula}`);
      element("span", "", made).textContent = feature.text;
      element("i", "", made).style.width = `${places.tile}px`;
      place(made, 14, ys[i] - places.tile / 2, x + places.tile / 2 - 14, places.tile);
      describe(made, words().feature);
      made.setAttribute("aria-pressed", String(feature.on));
      made.setAttribute("aria-label", feature.text);
      watch(made, -1, i);
      if (!feature.own) return;
      const forget = button("gn-net-forget", "\u00d7", () => ask("forget", { formula: feature.formula }), `forget-${feature.formula}`);
      describe(forget, words().forget);
      place(forget, 0, ys[i] - 9, 18, 18);
    });
    const own = button("gn-net-own", `+ ${words().formula ?? ""}`, () => openFormula(own), "own");
    describe(own, words().formula_help);
    own.setAttribute("aria-label", words().formula ?? "");
    own.style.right = `${places.width - x - places.tile / 2}px`;
    own.style.top = `${ys[ys.length - 1] + places.step / 2 + 6}px`;
  }

  function buildHead(layer, number, last) {
    const x = places.columns[number + 1].x;
    const head = element("div", "gn-net-head", controls);
    head.style.left = `${x}px`;
    element("div", "gn-net-title", head).textContent = layer.title;
    const layers = model.get("layers").length - 1;
    const add = button("gn-net-round gn-net-between", "+", () => ask("add_layer", { at: number }), `add-${number}`);
    add.style.left = `${(x + places.columns[number].x) / 2}px`;
    add.disabled = layers >= model.get("most_layers");
    describe(add, words().add_layer);
    const row = element("div", "gn-net-row", head);
    if (last) {
      element("b", "", row).textContent = layer.units;
      const activation = element("div", "gn-net-row", head);
      activation.textContent = layer.activation;
      activation.style.color = "var(--gn-muted)";
      return;
    }
    const units = (by) => ask("units", { at: number, units: layer.units + by });
    const fewer = button("gn-net-round", "\u2212", () => units(-1), `fewer-${number}`, row);
    fewer.disabled = layer.units <= 1;
    describe(fewer, words().fewer);
    element("b", "", row).textContent = layer.units;
    const more = button("gn-net-round", "+", () => units(1), `more-${number}`, row);
    more.disabled = layer.units >= model.get("most_units");
    describe(more, words().more);
    const below = element("div", "gn-net-row", head);
    const choice = element("select", "", below);
    choice.dataset.key = `activation-${number}`;
    describe(choice, words().activation);
    for (const [name, text] of model.get("activations")) choice.append(new Option(text, name, false, name === layer.activation));
    choice.addEventListener("change", () => ask("activation", { at: number, value: choice.value }));
    const remove = button("gn-net-plain", "\u00d7", () => ask("remove_layer", { at: number }), `remove-${number}`, below);
    describe(remove, words().remove_layer);
  }

  function button(name, text, act, key, parent = controls) {
    const made = element("button", name, parent);
    made.type = "button";
    made.textContent = text;
    made.dataset.key = key;
    made.addEventListener("click", act);
    return made;
  }

  function watch(made, layer, unit) {
    const enter = () => hover({ layer, unit });
    for (const event of ["pointerenter", "focus"]) made.addEventListener(event, enter);
    for (const event of ["pointerleave", "blur"]) made.addEventListener(event, () => hover(null));
  }

  // -- what the pointer is on ----------------------------------------------------------------------------------------------

  function hover(what) {
    const before = JSON.stringify(hovered);
    hovered = what;
    if (JSON.stringify(what) === before) return;
    const neuron = what && what.from === undefined ? [what.layer, what.unit] : [];
    if (JSON.stringify(neuron) !== JSON.stringify(model.get("hovered"))) say("hovered", neuron);
    showTip();
    draw();
  }

  function showTip() {
    tip.classList.toggle("gn-on", Boolean(hovered) && !card);
    if (!hovered || card) return;
    const [weights, slopes] = [numbers(model.get("weights")), numbers(model.get("gradients"))];
    const lines = [];
    const number = (value) => (value === undefined ? "" : value.toPrecision(4)).replace("-", "\u2212");
    let at;
    if (hovered.from !== undefined) {
      const index = kernelAt(hovered.layer, hovered.from, hovered.to);
      lines.push(`${model.get("layers")[hovered.layer].name}/kernel[${hovered.from}, ${hovered.to}]`);
      lines.push(`${words().weight ?? ""} ${number(weights[index])}`);
      if (slopes.length) lines.push(`${words().gradient ?? ""} ${number(slopes[index])}`);
      at = hovered.at;
    } else {
      lines.push(nameOf(hovered.layer, hovered.unit));
      const bias = hovered.layer >= 0 ? biasAt(hovered.layer, hovered.unit) : -1;
      if (bias >= 0) lines.push(`${words().bias ?? ""} ${number(weights[bias])}`);
      if (bias >= 0 && slopes.length) lines.push(`${words().gradient ?? ""} ${number(slopes[bias])}`);
      const column = places.columns[hovered.layer + 1];
      at = { x: column.x + places.tile / 2, y: column.ys[hovered.unit] };
    }
    tip.textContent = lines.join("\n");
    tip.style.left = `${Math.min(at.x + 10, places.width - tip.offsetWidth - 4)}px`;
    tip.style.top = `${Math.max(0, at.y - tip.offsetHeight - 8)}px`;
  }

  // All lines between two columns have the same x at the same t, so that one search along t serves them all.
  function nearestLink(x, y) {
    const layer = places.columns.findIndex(({ x: start }, i) => i + 1 < places.columns.length && x > start + places.tile / 2 && x < places.columns[i + 1].x - places.tile / 2);
    if (layer < 0) return null;
    const [start, end] = [places.columns[layer].x + places.tile / 2, places.columns[layer + 1].x - places.tile / 2];
    let [low, high] = [0, 1];
    for (let i = 0; i < 20; i++) {
      const t = (low + high) / 2;
      if (start + (end - start) * (1.5 * t * (1 - t) + t * t * t) < x) low = t;
      else high = t;
    }
    const share = straight ? (x - start) / (end - start) : 3 * low * low * (1 - low) + low ** 3;
    let best = { distance: 7 };
    for (let from = 0; from < fan(layer); from++) {
      const a = left(layer, from).y;
      places.columns[layer + 1].ys.forEach((b, to) => {
        const distance = Math.abs(a + (b - a) * share - y);
        if (distance < best.distance) best = { distance, layer, from, to, at: { x, y } };
      });
    }
    return best.layer === undefined ? null : best;
  }

  const pointed = (event) => {
    const box = stage.getBoundingClientRect();
    return nearestLink(event.clientX - box.left, event.clientY - box.top);
  };
  node.addEventListener("pointermove", (event) => {
    const found = pointed(event);
    node.style.cursor = found ? "pointer" : "";
    hover(found && { layer: found.layer, from: found.from, to: found.to, at: found.at });
  });
  node.addEventListener("pointerleave", () => hover(null));
  node.addEventListener("click", (event) => {
    const found = pointed(event);
    if (found) openNumbers(found.at, `${nameOf(found.layer, found.to)}`, [row(found.layer, found.from, found.to)]);
    else close();
  });

  // -- the card with numbers to edit ---------------------------------------------------------------------------------------

  const row = (layer, from, to) => ({
    text: `${words().weight ?? ""} \u2190 ${layer ? nameOf(layer - 1, from) : nameOf(-1, places.fed[from])}`,
    index: kernelAt(layer, from, to),
  });

  function openNeuron(layer, unit) {
    const bias = biasAt(layer, unit);
    const rows = bias < 0 ? [] : [{ text: words().bias ?? "", index: bias }];
    for (let from = 0; from < fan(layer); from++) rows.push(row(layer, from, unit));
    const column = places.columns[layer + 1];
    openNumbers({ x: column.x + places.tile / 2, y: column.ys[unit] }, nameOf(layer, unit), rows);
  }

  function openNumbers(at, title, rows) {
    const body = open(at, title);
    const list = element("div", "gn-net-list", body);
    const weights = numbers(model.get("weights"));
    rows.forEach(({ text, index }, i) => {
      const line = element("label", "", list);
      element("span", "", line).textContent = text;
      const input = element("input", "", line);
      Object.assign(input, { type: "number", step: "any", value: Number(weights[index].toPrecision(5)), min: -1e6, max: 1e6, required: true });
      input.dataset.index = index;
      input.addEventListener("change", () => input.checkValidity() && say("edited", { index, value: Number(input.value) }));
      if (!i) setTimeout(() => input.select());
    });
    element("p", "", body).textContent = words().edit_help ?? "";
  }

  function openFormula(anchor) {
    const box = { x: anchor.offsetLeft + 8, y: anchor.offsetTop - 30 };
    const body = open(box, words().formula ?? "");
    const input = element("input", "gn-net-formula", body);
    Object.assign(input, { maxLength: 300, placeholder: "sin(x*y)", spellcheck: false });
    input.setAttribute("aria-label", words().formula ?? "");
    element("p", "", body).textContent = words().formula_help ?? "";
    const done = () => {
      if (!input.value.trim()) return;
      ask("formula", { text: input.value });
      close();
    };
    input.addEventListener("keydown", (event) => event.key === "Enter" && done());
    describe(button("gn-net-do", words().add ?? "+", done, "add-formula", body), words().add);
    setTimeout(() => input.focus());
  }

  function open(at, title) {
    close();
    hover(null);
    card = element("div", "gn-net-card", stage);
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", title);
    card.before = document.activeElement;
    const head = element("header", "", card);
    element("span", "", head).textContent = title;
    describe(button("gn-net-plain", "\u00d7", close, "close", head), words().close);
    card.addEventListener("keydown", (event) => event.key === "Escape" && close());
    const width = 264;
    const seen = root.scrollLeft + root.clientWidth;
    card.style.left = `${Math.max(root.scrollLeft + 4, at.x + 12 + width > seen ? Math.min(at.x - width + 30, seen - width - 4) : at.x + 12)}px`;
    card.style.top = `${Math.max(0, Math.min(at.y - 20, places.height - 330))}px`;
    return card;
  }

  function close() {
    const before = card?.before;
    card?.remove();
    card = null;
    if (before?.isConnected) before.focus();
  }

  const outside = (event) => card && !card.contains(event.target) && !controls.contains(event.target) && event.target !== node && close();
  document.addEventListener("pointerdown", outside);

  // -- size, saving ----------------------------------------------------------------------------------------------------------

  let width = 0;
  const watcher = new ResizeObserver(() => {
    if (root.clientWidth !== width) build();
    width = root.clientWidth;
  });
  watcher.observe(root);
  const save = () => {
    const { kind, name } = model.get("save");
    if (kind === "png") {
      const made = canvas(document.createElement("div"), places.width, places.height);
      made.context.fillStyle = colours(el).surface;
      made.context.fillRect(0, 0, places.width, places.height);
      paint(onCanvas(made.context), true);
      download(made.node.toDataURL("image/png"), `${name}.png`);
    }
    if (kind === "svg") {
      const parts = [];
      paint(asSvg(parts), true);
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
      close();
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

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function place(node, left, top, width, height) {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

// A control's help: the studio shows it in a bubble, screen readers read the name.
function describe(node, text) {
  node.dataset.help = text ?? "";
  node.setAttribute("aria-label", text ?? "");
}

// All tiles side by side in one picture.
function tilesImage(tiles, side, palette) {
  const count = Math.max(1, Math.floor(tiles.length / (side * side)));
  const image = document.createElement("canvas");
  [image.width, image.height] = [count * side, side];
  const between = diverging(palette);
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = between((i - 127.5) / 127.5);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  const pixels = new ImageData(count * side, side);
  const words = new Uint32Array(pixels.data.buffer); // four bytes at once
  let from = 0;
  for (let number = 0; number < count; number++) {
    for (let row = 0; row < side; row++) {
      const start = (row * count + number) * side;
      for (let column = 0; column < side; column++) words[start + column] = table[tiles[from++]];
    }
  }
  image.getContext("2d").putImageData(pixels, 0, 0);
  return image;
}

// Two pens with the same strokes: one for the screen, one for a file.
function onCanvas(context) {
  return {
    link: (a, b, width, colour, alpha, straight) => {
      const middle = (a.x + b.x) / 2;
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(a.x, a.y);
      if (straight) context.lineTo(b.x, b.y);
      else context.bezierCurveTo(middle, a.y, middle, b.y, b.x, b.y);
      context.stroke();
      context.globalAlpha = 1;
    },
    tile: (atlas, x, side, corner, size, line, width, alpha) => {
      context.save();
      context.globalAlpha = alpha;
      context.beginPath();
      context.drawImage(atlas, x, 0, side, side, corner.x, corner.y, size, size);
      context.roundRect(corner.x, corner.y, size, size, 3);
      context.strokeStyle = line;
      context.lineWidth = width;
      context.stroke();
      context.restore();
    },
    dot: (x, y, size, colour, alpha, palette) => {
      context.fillStyle = palette.surface;
      context.fillRect(x, y, size, size);
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      context.fillRect(x, y, size, size);
      context.globalAlpha = 1;
      context.strokeStyle = palette.muted;
      context.lineWidth = 0.75;
      context.strokeRect(x, y, size, size);
    },
    text: (text, x, y, palette, align) => {
      context.fillStyle = palette.muted;
      context.font = `12px ${palette.sans}`;
      context.textAlign = align;
      context.fillText(text, x, y);
    },
  };
}

function asSvg(parts) {
  const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const near = (value) => Math.round(100 * value) / 100;
  return {
    link: (a, b, width, colour, alpha) => {
      const middle = near((a.x + b.x) / 2);
      const path = `M${near(a.x)} ${near(a.y)}C${middle} ${near(a.y)} ${middle} ${near(b.y)} ${near(b.x)} ${near(b.y)}`;
      parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${near(width)}" stroke-opacity="${near(alpha)}"/>`);
    },
    tile: (atlas, x, side, corner, size, line, width, alpha) => {
      const one = document.createElement("canvas");
      one.width = one.height = side;
      one.getContext("2d").drawImage(atlas, x, 0, side, side, 0, 0, side, side);
      const at = `x="${near(corner.x)}" y="${near(corner.y)}" width="${size}" height="${size}" opacity="${alpha}"`;
      parts.push(`<image ${at} preserveAspectRatio="none" href="${one.toDataURL()}"/>`);
      parts.push(`<rect ${at} rx="4" fill="none" stroke="${line}" stroke-width="${near(width)}"/>`);
    },
    dot: (x, y, size, colour, alpha) =>
      parts.push(`<rect x="${near(x)}" y="${near(y)}" width="${near(size)}" height="${near(size)}" fill="${colour}" fill-opacity="${near(alpha)}"/>`),
    text: (text, x, y, palette, align) => {
      const anchor = { center: "middle", right: "end", left: "start" }[align];
      parts.push(`<text x="${near(x)}" y="${near(y)}" fill="${palette.muted}" font-size="12" font-family="sans-serif" text-anchor="${anchor}">${escape(text)}</text>`);
    },
  };
}

function download(href, name) {
  Object.assign(document.createElement("a"), { href, download: name }).click();
}

export default { render };
