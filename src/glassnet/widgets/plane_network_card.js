// The card in which numbers are edited, and formulas of one's own are written.

// A line of the card, for the weight of a connection.
const weightRow = ({ places, words }, layer, from, to) => ({
  text: `${words().weight ?? ""} \u2190 ${layer ? places.nameOf(layer - 1, from) : places.nameOf(-1, places.fed[from])}`,
  index: places.kernelAt(layer, from, to),
});

function openNeuron(net, layer, unit) {
  const { places, words } = net;
  const bias = places.biasAt(layer, unit);
  const rows = bias < 0 ? [] : [{ text: words().bias ?? "", index: bias }];
  for (let from = 0; from < places.fan(layer); from++) rows.push(weightRow(net, layer, from, unit));
  const column = places.columns[layer + 1];
  openNumbers(net, { x: column.x + places.tile / 2, y: column.ys[unit] }, places.nameOf(layer, unit), rows);
}

function openNumbers(net, at, title, rows) {
  const { model, words, say } = net;
  const body = open(net, at, title);
  const list = element("div", "gn-net-list", body);
  const weights = numbers(model.get("weights"));
  rows.forEach(({ text, index }, i) => {
    const line = element("label", "", list);
    const name = element("span", "", line);
    name.textContent = name.title = text; // which may be cut off
    const input = element("input", "", line);
    Object.assign(input, { type: "number", step: "any", defaultValue: Number(weights[index].toPrecision(5)), min: -1e6, max: 1e6, required: true });
    input.dataset.index = index;
    input.addEventListener("keydown", (event) => event.key === "Escape" && (input.value = input.defaultValue));
    input.addEventListener("change", () => input.checkValidity() && say("edited", { index, value: Number(input.value) }));
    if (!i) setTimeout(() => input.select());
  });
  element("p", "", body).textContent = words().edit_help ?? "";
}

function openFormula(net, anchor) {
  const { words, ask } = net;
  const box = { x: anchor.offsetLeft + 8, y: anchor.offsetTop - 30 };
  const body = open(net, box, words().formula ?? "");
  const input = element("input", "gn-net-formula", body);
  Object.assign(input, { maxLength: 300, placeholder: "sin(x*y)", spellcheck: false });
  input.setAttribute("aria-label", words().formula ?? "");
  element("p", "", body).textContent = words().formula_help ?? "";
  const done = () => {
    const text = input.value.trim();
    if (!text) return;
    if (net.places.features.some(({ formula, on }) => on && formula === text)) return close(net);
    ask("formula", { text }); // the card closes once the feature is there; a formula that is refused stays to be mended
  };
  input.addEventListener("keydown", (event) => event.key === "Enter" && done());
  describe(button(body, "gn-net-do", words().add ?? "+", done, "add-formula"), words().add);
  setTimeout(() => input.focus());
}

function open(net, at, title) {
  const { root, places } = net;
  close(net);
  net.hover(null);
  const card = element("div", "gn-net-card", net.stage);
  net.card = card;
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-label", title);
  card.before = document.activeElement?.dataset?.key;
  const head = element("header", "", card);
  element("span", "", head).textContent = title;
  describe(button(head, "gn-net-plain", "\u00d7", () => close(net), "close"), net.words().close);
  card.addEventListener("keydown", (event) => event.key === "Escape" && close(net));
  const width = 300;
  const seen = root.scrollLeft + root.clientWidth;
  card.style.left = `${Math.max(root.scrollLeft + 4, at.x + 12 + width > seen ? Math.min(at.x - width + 30, seen - width - 4) : at.x + 12)}px`;
  card.style.top = `${Math.max(0, Math.min(at.y - 20, places.height - 330))}px`;
  return card;
}

function close(net) {
  const before = net.card?.before;
  net.card?.remove();
  net.card = null;
  if (before) net.controls.querySelector(`[data-key="${CSS.escape(before)}"]`)?.focus();
}
