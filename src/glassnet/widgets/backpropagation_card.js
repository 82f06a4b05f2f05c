// The card beside the network: one number with its formula, the numbers put in, its line of Python and its proof.

// All numbers of the neuron, connection, input, target or loss that a reference belongs to.
function subject(state, reference) {
  const [, head, name, place] = reference.match(/^(d |new )?(.+?)\[(.*)\]$/);
  const index = place.split(", ");
  const unit = index[index.length - 1];
  const { columns } = state.network;
  const at = columns.findIndex((column) => [column.kernel, column.bias, column.z, column.a].includes(name));
  const column = columns[at];
  const here = (...names) => names.map((part) => [part, `${part}[${place}]`]);
  if (!column) {
    if (name === "input") return { numbers: [["x", `input[${place}]`], ["∂x", `d input[${place}]`]], given: `input[${place}]` };
    if (name === "target") return { numbers: [["y", reference]], given: reference };
    return { numbers: [["L", reference]] };
  }
  if (name === column.kernel || name === column.bias) {
    const sign = name === column.kernel ? "w" : "b";
    const [[, own], [, gradient], [, renewed]] = here(name, `d ${name}`, `new ${name}`);
    return { numbers: [[sign, own], [`∂${sign}`, gradient], [`${sign}′`, renewed]], given: own };
  }
  const numbers = [["z", `${column.z}[${place}]`]];
  if (column.a !== column.z) numbers.push(["a", `${column.a}[${place}]`], ["∂a", `d ${column.a}[${place}]`]);
  numbers.push(["δ", `d ${column.z}[${place}]`]);
  const below = at === 0 ? state.network.inputs : columns[at - 1].units;
  const into = Array.from({ length: below }, (_, i) => [`w${subscript(i)}`, `${column.kernel}[${i}, ${unit}]`]);
  if (column.bias) into.push(["b", `${column.bias}[${unit}]`]);
  return { numbers, into };
}

function drawCard(state, actions) {
  const { texts, selected } = state;
  if (!selected) return [make("p", { class: "gn-bp-empty" }, texts.empty)];
  const about = subject(state, selected);
  const told = state.explanation.reference === selected ? state.explanation : null;
  const parts = [tabs(state, about, actions)];
  if (!state.done.has(selected)) parts.push(later(state, actions));
  else if (told) {
    parts.push(make("p", { class: "gn-bp-meaning" }, told.meaning));
    if (told.mathml) parts.push(formula(texts, told.mathml));
    parts.push(python(texts, told.python, actions));
    if (told.proof) parts.push(proof(texts, told));
  }
  if (about.given && state.editable) parts.push(edit(state, about.given, actions));
  if (about.into) parts.push(into(state, about.into, actions));
  return parts;
}

function tabs(state, about, actions) {
  const buttons = about.numbers.map(([sign, reference]) => {
    const done = state.done.has(reference);
    return make("button", {
      type: "button", class: `gn-bp-tab ${done ? "" : "pending"}`, "data-key": `tab ${reference}`,
      "aria-pressed": String(reference === state.selected), onclick: () => actions.select(reference),
      ...helped(state.texts.explain_help),
    }, make("i", {}, sign), make("b", {}, done ? short(state.value(reference)) : "·"));  // prettier-ignore
  });
  return make("div", { class: "gn-bp-tabs" }, ...buttons);
}

function later(state, actions) {
  const { texts } = state;
  const number = state.stops.findIndex((stop) => stop.parts.some((part) => part.includes(state.selected)));
  const stop = state.stops[number];
  const text = texts.later.replace("{number}", number).replace("{title}", stop.title);
  const go = () => actions.go(stop.from + stop.parts.length, state.selected);
  return make("p", { class: "gn-bp-meaning" }, `${text} `, make("button", { type: "button", class: "gn-bp-plain", "data-key": "go", onclick: go, ...helped(stop.title) }, texts.go));
}

function section(title, ...children) {
  return make("section", {}, make("h4", {}, title), ...children);
}

function formula(texts, mathml) {
  const math = make("div", { class: "gn-bp-math", tabindex: 0 });
  math.innerHTML = mathml;
  return section(texts.formula, math);
}

function python(texts, line, actions) {
  const attributes = { type: "button", class: "gn-bp-plain", "data-key": "copy", ...helped(texts.copy_help) };
  const copy = make("button", { ...attributes, onclick: () => actions.copy(line, copy) }, texts.copy);
  return section(texts.python, make("div", { class: "gn-bp-code" }, make("code", {}, line), copy));
}

function proof(texts, told) {
  const row = (name, value, help) => make("tr", {}, make("th", { scope: "row" }, name, help ? make("small", {}, help) : null), make("td", {}, signed(value)));
  const difference = told.kind === "difference";
  const words = told.agree ? texts.agree : texts.disagree;
  const apart = texts.apart.replace("{error}", signed(told.error));
  return section(
    difference ? texts.difference : texts.sum,
    make("table", { class: "gn-bp-proof" },
      row(texts.engine, told.value),
      row(difference ? texts.difference : texts.sum, told.proof, difference ? texts.difference_help : "")),
    make("p", { class: "gn-bp-agree" }, make("span", { "aria-hidden": "true" }, told.agree ? "✓ " : "≠ "), `${words}: ${apart}`),
  );  // prettier-ignore
}

function signed(text) {
  return text.replaceAll("-", "−");
}

function edit(state, reference, actions) {
  const { texts } = state;
  const value = String(Number(state.value(reference).toPrecision(6)));
  const name = `${texts.change}: ${reference}`;
  const field = make("input", { type: "number", step: "any", value, "data-key": "edit", "aria-label": name, ...helped(texts.change_help) });
  const submit = (event) => {
    event.preventDefault();
    if (field.value !== "" && Number.isFinite(field.valueAsNumber)) actions.edit(reference, field.valueAsNumber);
  };
  return section(
    texts.change,
    make("form", { class: "gn-bp-edit", onsubmit: submit }, field, make("button", { type: "submit", "data-key": "apply", ...helped(texts.change_help) }, texts.apply)),
  );
}

function into(state, list, actions) {
  const buttons = list.map(([sign, own]) => {
    const reference = state.done.has(`new ${own}`) ? `new ${own}` : own;
    return make("button", { type: "button", class: "gn-bp-tab", "data-key": `into ${own}`, onclick: () => actions.select(reference), ...helped(state.texts.explain_help) },
      make("i", {}, sign), make("b", {}, short(state.value(reference))));  // prettier-ignore
  });
  return section(state.texts.into, make("div", { class: "gn-bp-tabs" }, ...buttons));
}
