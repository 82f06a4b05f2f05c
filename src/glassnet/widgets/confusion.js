function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-confusion";
  el.append(root);
  const cell = (row, tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    row.append(made);
    return made;
  };

  function draw() {
    const palette = colours(el);
    const mix = diverging(palette);
    const counts = numbers(model.get("counts"));
    const names = model.get("class_names");
    const words = model.get("words") ?? {};
    const table = document.createElement("table");
    table.setAttribute("aria-label", model.get("label"));
    const head = table.createTHead().insertRow();
    const corner = cell(head, "th", "");
    corner.className = "gn-corner";
    cell(corner, "span", `${words.labelled ?? ""} \u2193 `);
    cell(corner, "span", `${words.predicted ?? ""} \u2192`);
    names.forEach((name) => (cell(head, "th", name).scope = "col"));
    const body = table.createTBody();
    names.forEach((name, i) => {
      const row = body.insertRow();
      cell(row, "th", name).scope = "row";
      const total = counts.slice(i * names.length, (i + 1) * names.length).reduce((a, b) => a + b, 0) || 1;
      names.forEach((_, j) => {
        const count = counts[i * names.length + j] ?? 0;
        const made = cell(row, "td", String(count));
        if (!count) return;
        const [r, g, b] = mix((i === j ? 1 : -1) * (0.12 + 0.6 * (count / total)));
        made.style.background = `rgb(${r} ${g} ${b})`;
      });
    });
    table.style.setProperty("--cell", `${Math.max(28, Math.min(44, Math.floor(240 / names.length) - 2))}px`);
    root.replaceChildren(table);
  }

  return drawing(el, model, ["counts", "class_names", "words", "label"], draw);
}

export default { render };
