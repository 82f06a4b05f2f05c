// The drawing: boxes, lines and labels as SVG, in the state of one moment.

const SVG = new Set(["svg", "g", "rect", "path", "text", "line", "title", "tspan"]);

function make(tag, attributes = {}, ...children) {
  const element = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The help of a control: the studio shows it in its own way, else the browser does.
function helped(text) {
  const help = { "data-help": text, "aria-description": text };
  return document.querySelector(".gn-themed") ? help : { ...help, title: text };
}

// Three decimals, fewer digits for large numbers, an exponent for very small and very large ones.
function short(value) {
  const size = Math.abs(value);
  let text = "0";
  if (!Number.isFinite(value)) text = String(value).replace("Infinity", "∞");
  else if (size >= 1e5 || (size > 0 && size < 5e-4)) text = value.toExponential(size >= 1e5 ? 1 : 0).replace("e+", "e");
  else if (size > 0) text = value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
  return text.replaceAll("-", "−");
}

function shown(state, cell) {
  return cell.renewed && state.done.has(cell.renewed) ? cell.renewed : cell.reference;
}

function mark(state, reference) {
  const classes = [];
  if (!state.done.has(reference)) classes.push("pending");
  if (state.now.has(reference)) classes.push("now");
  else if (state.read.has(reference)) classes.push("read");
  return classes.join(" ");
}

function drawNetwork(state, width, select) {
  const plan = arrange(state.network, width);
  const strongest = strengths(state, plan);
  const layers = [
    make("g", {}, ...plan.links.map((link) => line(state, link, strongest, select))),
    make("g", {}, ...plan.heads.map((head) => heading(state, head))),
    make("g", {}, ...plan.links.filter((link) => link.label).map((link) => linkLabel(state, link, select))),
    make("g", {}, ...plan.all.flat().map((node) => neuron(state, node, plan, select))),
  ];
  const view = { viewBox: `0 0 ${width} ${plan.height}`, width, height: plan.height };
  return make("svg", { ...view, class: "gn-bp-svg", role: "group", "aria-label": state.texts.network }, ...layers);
}

// What a line's width and colour say: the gradient while gradients of weights are computed, else the weight.
function carried(state, link) {
  if (state.stop.kind === "parameter_gradient" && state.now.has(link.gradient)) return link.gradient;
  return state.done.has(link.renewed) ? link.renewed : link.reference;
}

function strengths(state, plan) {
  const found = {};
  for (const link of plan.links.filter((link) => link.reference)) {
    const gradient = carried(state, link) === link.gradient;
    const size = Math.abs(state.value(carried(state, link)));
    found[gradient] = Math.max(found[gradient] || 0, Number.isFinite(size) ? size : 0);
  }
  return found;
}

// What a column is called, and its activation.
function names(state, place) {
  const { network, texts } = state;
  const last = network.columns.length;
  if (place === 0) return [texts.inputs, ""];
  if (place > last) return [texts.loss, ""];
  const hidden = last === 2 ? texts.hidden : texts.numbered.replace("{number}", place);
  const { activation } = network.columns[place - 1];
  return [place === last ? texts.output : hidden, activation ? activation.replaceAll("_", " ") : texts.linear];
}

function heading(state, head) {
  const [name, detail] = names(state, head.place);
  const at = { x: head.x, "text-anchor": head.anchor };
  const title = make("text", { ...at, y: head.y, class: "gn-bp-head gn-bp-halo" }, name);
  if (head.inline) {
    if (detail) title.append(make("tspan", { class: "gn-bp-detail" }, ` · ${detail}`));
    return title;
  }
  return make("g", {}, title, make("text", { ...at, y: head.y + 16, class: "gn-bp-detail" }, detail));
}

function active(state, link) {
  const parts = [link.reference, link.gradient, link.renewed];
  if (link.reference) return parts.some((part) => state.now.has(part) || state.read.has(part));
  return state.stop.kind === "loss" || (state.stop.kind === "loss_gradient" && link.from.cells.some((c) => state.now.has(c.reference)));
}

function line(state, link, strongest, select) {
  const [x1, y1, x2, y2] = link.line;
  const path = `M${x1} ${y1}L${x2} ${y2}`;
  if (!link.reference) return make("path", { d: path, class: `gn-bp-line plain ${active(state, link) ? "active" : ""}` });
  const what = carried(state, link);
  const value = state.value(what);
  const share = Math.min(1, Math.abs(value) / (strongest[what === link.gradient] || 1)) || 0;
  const sign = value < 0 ? "neg" : value > 0 ? "pos" : "zero";
  const on = active(state, link);
  const group = make("g", { class: `gn-bp-link ${sign} ${on ? "active" : ""}`, onclick: () => select(best(state, link)) });
  group.append(make("path", { d: path, class: "gn-bp-line", "stroke-width": (1 + 4 * share).toFixed(2) }));
  if (on && state.stop.phase !== "update") {
    group.append(make("path", { d: path, class: `gn-bp-flow ${state.stop.phase === "backward" ? "backward" : ""}` }));
  }
  group.append(make("path", { d: path, class: "gn-bp-hit" }, make("title", {}, `${link.reference} = ${short(state.value(link.reference))}`)));
  return group;
}

// The number of a connection that was computed last.
function best(state, link) {
  return [link.renewed, link.gradient].find((part) => state.done.has(part)) || link.reference;
}

function linkLabel(state, link, select) {
  const { x, y, width, rows, crowded, many } = link.label;
  const value = state.done.has(link.renewed) ? link.renewed : link.reference;
  const backward = state.done.has(link.gradient) && !state.done.has(link.renewed);
  const gradient = backward && !state.read.has(link.reference);
  const references = rows === 2 ? [value, link.gradient] : [gradient ? link.gradient : value];
  const chosen = references.some((part) => part === state.selected) || [link.reference, link.gradient].includes(state.selected);
  if ((crowded || many) && !active(state, link) && !chosen) return null;
  const there = references.filter((part) => state.done.has(part));
  const top = y - (there.length * LABEL.line) / 2;
  const group = make("g", { class: "gn-bp-label" });
  there.forEach((part, k) => {
    const at = { x: x - width / 2, y: top + k * LABEL.line, width, height: LABEL.line, rx: 4 };
    const text = (part === link.gradient ? "∂ " : "") + short(state.value(part));
    group.append(
      make("g", { class: mark(state, part), "data-reference": part, onclick: () => select(part === link.reference ? best(state, link) : part) },
        make("rect", at), make("text", { x, y: at.y + 12, "text-anchor": "middle" }, text), ring(state, part, at)),
    );
  });
  return group;
}

function neuron(state, node, plan, select) {
  const loss = node.place === plan.all.length - 1;
  const name = node.place === 0 ? state.texts.input : state.texts.neuron_name;
  const title = loss ? state.texts.loss : name.replace("{unit}", node.unit);
  const spoken = node.cells.map((cell) => {
    const part = shown(state, cell);
    return `${cell.sign} ${state.done.has(part) ? short(state.value(part)) : state.texts.not_yet}`;
  });
  const where = node.place > 0 && !loss ? `, ${names(state, node.place)[0]}` : "";
  const last = [...node.cells].map((cell) => shown(state, cell)).filter((part) => state.done.has(part)).pop();
  const choose = () => select(node.cells.map((cell) => shown(state, cell)).find((part) => state.now.has(part)) || last || node.cells[0].reference);
  const lit = node.cells.some((cell) => state.now.has(shown(state, cell)));
  const group = make("g", {
    class: `gn-bp-neuron ${lit ? "lit" : ""}`, transform: `translate(${node.x} ${node.y})`, tabindex: 0, role: "button",
    "aria-label": `${title}${where}: ${spoken.join(", ")}`, "data-key": `neuron ${node.key}`,
    onclick: choose,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    },
  });  // prettier-ignore
  group.append(make("rect", { class: "gn-bp-box", width: node.width, height: node.height, rx: 9 }));
  for (const cell of node.cells) group.append(drawCell(state, cell, select));
  group.append(make("rect", { class: "gn-bp-frame", width: node.width, height: node.height, rx: 9 }));
  const sides = node.cells.some((cell) => cell.side === 1 && cell.box.x > 0);
  if (sides) group.append(make("line", { class: "gn-bp-rule", x1: node.width / 2, x2: node.width / 2, y1: 5, y2: node.height - 5 }));
  return group;
}

function drawCell(state, cell, select) {
  const part = shown(state, cell);
  const { x, y, width, height } = cell.box;
  const text = state.done.has(part) ? short(state.value(part)) : "·";
  const choose = (event) => {
    event.stopPropagation();
    select(part);
  };
  const place = { x: x + 2.5, y: y + 2, width: width - 5, height: height - 4, rx: 6 };
  return make("g", { class: `gn-bp-cell ${mark(state, part)}`, "data-reference": part, onclick: choose, "aria-hidden": "true" },
    make("rect", place),
    make("text", { x: x + 8, y: y + 15.5, class: "sign" }, cell.sign),
    make("text", { x: x + width - 8, y: y + 15.5, "text-anchor": "end" }, text),
    ring(state, part, place));  // prettier-ignore
}

// Around the number that the card explains.
function ring(state, reference, { x, y, width, height }) {
  if (state.selected !== reference) return null;
  return make("rect", { class: "gn-bp-ring", x: x - 2.5, y: y - 2.5, width: width + 5, height: height + 5, rx: 7.5 });
}
