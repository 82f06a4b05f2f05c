function render({ model, el }) {
  const table = document.createElement("table");
  table.className = "gn-cases";
  el.append(table);

  const cell = (kind, text, className) =>
    Object.assign(document.createElement(kind), { textContent: text ?? "", className: className ?? "" });

  function draw() {
    const [names, weights, words] = [model.get("names"), model.get("weights"), model.get("words")];
    const [cases, sums, fires] = [bytes(model.get("cases")), numbers(model.get("sums")), bytes(model.get("fires"))];
    const threshold = model.get("threshold");
    const positive = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
    const negative = weights.reduce((sum, weight) => sum + Math.min(0, weight), 0);
    const low = Math.min(0, negative, threshold);
    const high = Math.max(positive, threshold, 1);
    const at = (value) => `${(((value - low) / (high - low)) * 100).toFixed(2)}%`;

    const caption = cell("caption", model.get("label"));
    const head = document.createElement("tr");
    head.append(...names.map((name) => cell("th", name)), cell("th", words.sum), cell("th", ""), cell("th", ""));
    const body = Array.from(sums, (sum, row) => {
      const line = document.createElement("tr");
      const answers = [...cases.subarray(row * names.length, (row + 1) * names.length)];
      for (const answer of answers) {
        const dot = cell("td", "", answer ? "gn-yes" : "gn-no");
        dot.setAttribute("aria-label", answer ? "1" : "0");
        line.append(dot);
      }
      const track = cell("td", "", "gn-track");
      let [right, left] = [0, 0];
      answers.forEach((answer, i) => {
        if (!answer || !weights[i]) return;
        const part = document.createElement("i");
        const from = weights[i] > 0 ? right : left + weights[i];
        part.className = weights[i] > 0 ? "gn-plus" : "gn-minus";
        part.style.left = at(from);
        part.style.width = `${((Math.abs(weights[i]) / (high - low)) * 100).toFixed(2)}%`;
        track.append(part);
        if (weights[i] > 0) right += weights[i];
        else left += weights[i];
      });
      const mark = document.createElement("b");
      mark.style.left = at(threshold);
      track.append(mark);
      line.append(track, cell("td", String(Math.round(sum * 100) / 100), "gn-sum"));
      line.append(cell("td", fires[row] ? words.yes : words.no, fires[row] ? "gn-fires" : "gn-stays"));
      return line;
    });
    table.replaceChildren(caption, head, ...body);
  }

  return drawing(el, model, ["names", "weights", "threshold", "cases", "sums", "fires", "words", "label"], draw);
}

export default { render };
