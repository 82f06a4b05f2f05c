// A bar for each answer. Not signed: shares from 0 to 1, the largest stands out. Signed: wishes up and down from the middle.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-bars";
  root.setAttribute("role", "img");
  const verdict = document.createElement("div");
  verdict.className = "gn-bars-verdict";
  const [answer, first, second] = ["strong", "span", "small"].map((kind) => document.createElement(kind));
  answer.dataset.answer = "";
  for (const part of [answer, second]) part.setAttribute("aria-live", "polite"); // how sure it is changes with every picture
  const words = document.createElement("div");
  words.append(first, second);
  verdict.append(answer, words);
  el.append(verdict, root);
  const rows = [];

  function row() {
    const line = document.createElement("div");
    const name = document.createElement("span");
    const track = document.createElement("div");
    const bar = document.createElement("i");
    const before = document.createElement("u");
    const value = document.createElement("span");
    name.className = "name";
    value.className = "value";
    track.append(bar, before);
    line.append(name, track, value);
    root.append(line);
    return { line, name, track, bar, before, value };
  }

  function written(number, signed, limit) {
    if (!Number.isFinite(number)) return "–";
    if (!signed) return `${(100 * number).toFixed(1)} %`;
    if (limit < 1e-3) return number === 0 ? "0" : number.toExponential(1).replace("-", "−").replace("e−", "e-");
    const digits = Math.min(Math.max(2 - Math.floor(Math.log10(limit)), 0), 6);
    const size = Math.abs(number).toFixed(digits);
    return Number(size) === 0 ? size : `${number > 0 ? "+" : "−"}${size}`;
  }

  function draw() {
    const values = numbers(model.get("values"));
    const before = numbers(model.get("before"));
    const labels = model.get("labels");
    const signed = model.get("signed");
    const truth = model.get("truth");
    const sized = values.length ? Math.max(...Array.from(values, Math.abs)) : 0;
    const limit = model.get("limit") || sized || 1;
    while (rows.length < labels.length) rows.push(row());
    while (rows.length > labels.length) rows.pop().line.remove();
    let best = -1;
    values.forEach((value, at) => {
      if (best < 0 ? Number.isFinite(value) : value > values[best]) best = at;
    });
    const names = `${Math.max(2, ...labels.map((label) => label.length)) + 1}ch`;
    if (root.style.getPropertyValue("--names") !== names) root.style.setProperty("--names", names);
    root.classList.toggle("signed", signed);
    const told = model.get("verdict");
    verdict.hidden = !told.length;
    [answer, first, second].forEach((part, at) => write(part, told[at] ?? ""));
    rows.forEach(({ line, name, bar, before: ghost, value }, at) => {
      const number = values.length ? values[at] : 0;
      const share = Math.min(Math.abs(number) / limit, 1) || 0;
      write(name, labels[at]);
      bar.style.width = `${(signed ? 50 : 100) * share}%`;
      bar.style.left = signed ? `${number < 0 ? 50 - 50 * share : 50}%` : "0";
      bar.style.background = `var(--gn-${number < 0 ? "neg" : "pos"})`;
      write(value, values.length ? written(number, signed, limit) : "");
      ghost.hidden = !before.length || Math.abs(before[at] - number) < 0.005 * limit;
      if (before.length) ghost.style.left = `${100 * Math.min(before[at] / limit, 1)}%`;
      line.classList.toggle("best", !signed && at === best);
      line.classList.toggle("truth", at === truth);
    });
    const all = labels.map((label, at) => `${label}: ${values.length ? written(values[at], signed, limit) : "–"}`).join(", ");
    attribute(root, "aria-label", `${model.get("label")} ${all}`);
  }

  return drawing(el, model, ["values", "before", "labels", "signed", "truth", "limit", "verdict", "label"], draw);
}

export default { render };
