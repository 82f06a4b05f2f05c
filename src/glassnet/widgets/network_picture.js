// A network from left to right: the input as an image, a column of neurons for each layer, lit by their activations, and the
// strongest connections between them. Neurons can be pointed at, walked with the arrow keys, chosen, and switched off.
const SVG_NAMES = "http://www.w3.org/2000/svg";
const TOP = 8;
const BOTTOM = 44;
const NARROW = 180; // an input image less wide than this has no room for the card beneath it
const CARD = 104;
const HINT = 40; // high enough for what the card says while no neuron is chosen
const ROWS = 20; // neurons above each other, at most

function shape(name, attributes, parent) {
  const element = document.createElementNS(SVG_NAMES, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Where everything is, for a picture of this width and height.
function arrange(columns, wide, tall) {
  const inner = tall - TOP - BOTTOM;
  const labels = columns.length ? columns.at(-1).labels : null;
  const right = labels ? 14 + 8 * Math.max(...labels.map((label) => label.length)) : 14;
  const first = columns[0];
  const side = first?.image ? Math.min(inner, wide * 0.3, 240) : 0;
  const places = columns.map((column, number) => {
    if (number === 0 && column.image) {
      const [rows, across] = column.image;
      const box = { x: 0, y: TOP, width: side, height: (side * rows) / across };
      return { box, centre: side / 2 };
    }
    const stacks = Math.ceil(column.units / ROWS);
    const rows = Math.ceil(column.units / stacks);
    const pitch = Math.min(inner / Math.max(rows, 1), 34);
    return { stacks, rows, pitch, radius: Math.min(0.38 * pitch, 12), width: (stacks - 1) * pitch + 2 * Math.min(0.38 * pitch, 12) };
  });
  const taken = places.reduce((sum, place) => sum + (place.box?.width ?? place.width), 0);
  const gap = columns.length > 1 ? Math.max((wide - right - taken) / (columns.length - 1), 8) : 0;
  let x = 0;
  for (const [number, place] of places.entries()) {
    if (place.box) {
      x += place.box.width + gap;
      continue;
    }
    const { rows, pitch, radius, width } = place;
    place.left = x;
    place.centre = x + width / 2;
    place.at = (unit) => ({
      x: x0(place) + Math.floor(unit / rows) * pitch,
      y: TOP + inner / 2 + ((unit % rows) - (Math.min(rows, columns[number].units) - 1) / 2) * pitch,
    });
    place.radius = radius;
    x += width + gap;
  }
  return places;

  function x0(place) {
    return place.left + place.radius;
  }
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-net";
  root.setAttribute("role", "group");
  const image = document.createElement("canvas");
  const svg = document.createElementNS(SVG_NAMES, "svg");
  svg.setAttribute("role", "presentation"); // the neurons in it have roles and names
  const lines = shape("g", { class: "lines" }, svg);
  const cells = shape("g", { class: "cells" }, svg);
  const names = shape("g", { class: "names" }, svg);
  const card = document.createElement("div");
  card.className = "gn-net-card";
  card.hidden = true;
  root.append(image, svg, card);
  el.append(root);
  let places = [];
  let built = {};
  let neurons = []; // [{ key, group, circle, cross, column, unit }]
  let drawnLines = [];
  let lit = ""; // what the input's image shows

  function tell(name, value) {
    if (model.get(name) === value) return;
    model.set(name, value);
    model.save_changes();
    draw();
  }

  function switchOff(key) {
    model.set("switched", { neuron: key, number: (model.get("switched").number ?? 0) + 1 });
    model.save_changes();
  }

  function build(columns) {
    cells.replaceChildren();
    names.replaceChildren();
    neurons = [];
    columns.forEach((column, number) => {
      if (!(number === 0 && column.image))
        for (let unit = 0; unit < column.units; unit++) {
          const key = `${number}/${unit}`;
          const group = shape("g", { class: "neuron", tabindex: -1, role: "button", "data-neuron": key }, cells);
          const reach = shape("circle", { class: "reach" }, group);
          const circle = shape("circle", { class: "body" }, group);
          const cross = shape("path", { class: "cross" }, group);
          const label = column.labels ? shape("text", { class: "label" }, group) : null;
          if (label) label.textContent = column.labels[unit];
          group.addEventListener("pointerenter", () => tell("hovered", key));
          group.addEventListener("pointerleave", () => tell("hovered", ""));
          group.addEventListener("focus", () => tell("hovered", key));
          group.addEventListener("blur", () => tell("hovered", ""));
          group.addEventListener("pointerdown", () => neurons.forEach(({ group: other }) => other.setAttribute("tabindex", other === group ? 0 : -1)));
          group.addEventListener("click", () => tell("selected", model.get("selected") === key ? "" : key));
          group.addEventListener("keydown", (event) => walk(event, number, unit, columns));
          neurons.push({ key, group, reach, circle, cross, label, column: number, unit });
        }
      shape("text", { class: "title" }, names).textContent = column.title;
      shape("text", { class: "rest" }, names).textContent = column.rest ?? "";
    });
    if (neurons.length) neurons[0].group.setAttribute("tabindex", 0);
  }

  function walk(event, column, unit, columns) {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const key = `${column}/${unit}`;
    if (event.key in steps) {
      const [across, down] = steps[event.key];
      const next = column + across;
      if (!columns[next]) return;
      const target = `${next}/${Math.min(Math.max(unit + down, 0), columns[next].units - 1)}`;
      const found = neurons.find((neuron) => neuron.key === target);
      if (found) focus(found);
    } else if (event.key === "Enter" || event.key === " ") tell("selected", model.get("selected") === key ? "" : key);
    else if (event.key === "x" || event.key === "Delete") switchOff(key);
    else return;
    event.preventDefault();
  }

  function focus(neuron) {
    for (const { group } of neurons) group.setAttribute("tabindex", -1);
    neuron.group.setAttribute("tabindex", 0);
    neuron.group.focus();
  }

  function layOut(columns, wide, tall) {
    places = arrange(columns, wide, tall);
    svg.setAttribute("width", wide);
    svg.setAttribute("height", tall);
    const box = places[0]?.box;
    image.hidden = !box;
    lit = "";
    if (box) {
      [image.height, image.width] = columns[0].image;
      Object.assign(image.style, { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` });
    }
    for (const { circle, reach, cross, label, group, column, unit } of neurons) {
      const place = places[column];
      const { x, y } = place.at(unit);
      const r = place.radius;
      for (const [part, radius] of [
        [circle, r],
        [reach, place.pitch / 2],
      ]) {
        part.setAttribute("cx", x);
        part.setAttribute("cy", y);
        part.setAttribute("r", radius);
      }
      cross.setAttribute("d", `M${x - r} ${y - r}L${x + r} ${y + r}M${x + r} ${y - r}L${x - r} ${y + r}`);
      if (label) {
        label.setAttribute("x", x + r + 8);
        label.setAttribute("y", y + 5);
      }
      group.classList.toggle("small", r < 6);
    }
    [...names.children].forEach((text, at) => {
      const place = places[Math.floor(at / 2)];
      const low = place.box ? place.box.y + place.box.height + 18 : tall - BOTTOM + 20;
      const half = 3.6 * text.textContent.length;
      text.setAttribute("x", Math.min(Math.max(place.centre, half), wide - half));
      text.setAttribute("y", Math.min(low, tall - BOTTOM + 20) + (at % 2 ? 16 : 0));
      text.setAttribute("text-anchor", "middle");
    });
  }

  function paint(values, tones) {
    const [ink, ground] = [rgb(tones.ink), rgb(tones.surface)];
    const picture = new ImageData(image.width, image.height);
    for (let k = 0; k < picture.data.length / 4; k++) {
      const share = Math.min(Math.max(values[k] || 0, 0), 1);
      for (let i = 0; i < 3; i++) picture.data[4 * k + i] = ground[i] + (ink[i] - ground[i]) * share;
      picture.data[4 * k + 3] = 255;
    }
    image.getContext("2d").putImageData(picture, 0, 0);
  }

  function light(columns) {
    const activations = numbers(model.get("activations"));
    let start = 0;
    const levels = columns.map((column) => {
      const values = activations.subarray(start, start + column.units);
      start += column.units;
      let limit = column.limit;
      if (!limit) for (const value of values) limit = Math.max(limit || 0, Math.abs(value));
      return { values, limit: limit || 1 };
    });
    const tones = colours(root);
    const wanted = `${tones.ink} ${tones.surface} ${levels[0]?.values.join()}`;
    if (places[0]?.box && wanted !== lit) paint(levels[0].values, tones);
    lit = wanted;
    const last = levels.at(-1)?.values ?? [];
    let best = -1;
    last.forEach((value, at) => {
      if (best < 0 || value > last[best]) best = at;
    });
    const off = new Set(model.get("ablated"));
    for (const neuron of neurons) {
      const { key, group, circle, column, unit } = neuron;
      const { values, limit } = levels[column];
      const value = values.length ? values[unit] : 0;
      const share = Math.round(100 * Math.min(Math.abs(value) / limit, 1)) || 0;
      const fill = `color-mix(in srgb, var(--gn-${value < 0 ? "neg" : "pos"}) ${share}%, var(--gn-surface))`;
      if (neuron.fill !== fill) circle.style.fill = neuron.fill = fill;
      group.classList.toggle("best", column === columns.length - 1 && unit === best);
      group.classList.toggle("off", off.has(key));
      group.classList.toggle("chosen", model.get("selected") === key);
      const name = columns[column].labels?.[unit] ?? unit;
      const told = Number.isFinite(value) ? value.toPrecision(3) : "–";
      attribute(group, "aria-label", `${columns[column].title} ${name}: ${told}`);
      attribute(group, "aria-pressed", model.get("selected") === key);
    }
  }

  function middle(column, unit, columns) {
    const place = places[column];
    if (!place.box) return { ...place.at(unit), r: place.radius };
    const [rows, across] = columns[0].image;
    const size = place.box.width / across;
    return {
      x: place.box.x + ((unit % across) + 0.5) * size,
      y: place.box.y + (Math.floor(unit / across) + 0.5) * (place.box.height / rows),
      r: 0,
    };
  }

  function connect(columns) {
    const pointed = model.get("hovered") || model.get("selected");
    const detail = model.get("detail");
    const own = pointed && detail.neuron === pointed;
    const flat = numbers(model.get(own ? "detail_connections" : "connections"));
    const [column, unit] = pointed ? pointed.split("/").map(Number) : [-1, -1];
    let used = 0;
    for (let at = 0; at + 4 < flat.length; at += 5) {
      const [pair, source, target, strength, onPath] = flat.subarray(at, at + 5);
      if (!columns[pair + 1]) continue;
      if (pointed && !own && !(pair === column && source === unit) && !(pair + 1 === column && target === unit)) continue;
      const [from, to] = [middle(pair, source, columns), middle(pair + 1, target, columns)];
      const size = Math.min(Math.abs(strength), 1);
      drawnLines[used] ??= shape("path", {}, lines);
      const line = drawnLines[used++];
      const [x0, x1] = [from.x + from.r, to.x - to.r];
      const bend = (x1 - x0) * 0.4;
      attribute(line, "d", `M${x0} ${from.y}C${x0 + bend} ${from.y} ${x1 - bend} ${to.y} ${x1} ${to.y}`);
      attribute(line, "class", strength < 0 ? "against" : "for");
      attribute(line, "stroke-width", (0.5 + 3 * size).toFixed(1));
      attribute(line, "stroke-opacity", (own || onPath ? 0.25 + 0.7 * size : 0.06 + 0.3 * size).toFixed(2));
    }
    drawnLines.forEach((line, at) => attribute(line, "visibility", at < used ? "visible" : "hidden"));
  }

  // What the neuron is that is pointed at or chosen, beneath the input: its incoming weights as an image, and some lines.
  function tellMore(tall) {
    const detail = model.get("detail");
    const pointed = model.get("hovered") || model.get("selected");
    const below = places[0]?.box?.width < NARROW ? (pointed ? CARD : HINT) : 0;
    root.style.height = `${tall + below}px`;
    card.hidden = detail.neuron !== pointed || !places[0]?.box;
    if (card.hidden) return;
    const [rows, columns] = detail.shape ?? [];
    const parts = [];
    if (rows) {
      const weights = document.createElement("canvas");
      weights.width = columns;
      weights.height = rows;
      const paint = diverging(colours(root));
      const picture = new ImageData(columns, rows);
      bytes(model.get("detail_image")).forEach((level, k) => picture.data.set([...paint((level - 128) / 127), 255], 4 * k));
      weights.getContext("2d").putImageData(picture, 0, 0);
      parts.push(weights);
    }
    const told = document.createElement("div");
    const title = document.createElement("b");
    title.textContent = detail.title ?? "";
    told.append(title);
    for (const text of detail.lines ?? []) {
      const line = document.createElement("span");
      line.textContent = text;
      told.append(line);
    }
    card.replaceChildren(...parts, told);
    const { box } = places[0];
    const narrow = box.width < NARROW; // then it stands beneath everything
    card.style.width = narrow ? "100%" : `${box.width}px`;
    card.style.top = `${narrow ? tall : box.height + TOP + 52}px`;
    card.style.maxHeight = `${narrow ? CARD : tall - box.height - TOP - 52}px`;
  }

  const size = measured(root, draw);

  function draw() {
    const columns = model.get("columns");
    const wide = size.width();
    if (!wide) return;
    const tall = Math.min(model.get("height"), Math.max(300, wide * 0.95));
    if (built.columns !== columns || built.wide !== wide || built.tall !== tall) {
      build(columns);
      layOut(columns, wide, tall);
      built = { columns, wide, tall };
    }
    light(columns);
    connect(columns);
    tellMore(tall);
    attribute(root, "aria-label", model.get("label"));
  }

  const traits = ["columns", "activations", "connections", "ablated", "selected", "detail", "detail_image", "detail_connections"];
  const end = drawing(el, model, [...traits, "height", "label"], draw);
  return () => {
    end();
    size.end();
  };
}

export default { render };
