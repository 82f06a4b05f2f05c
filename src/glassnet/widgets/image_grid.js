// A grid of small images: pixels as ink, or signed numbers such as weights; each can have a caption and be chosen.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-grid";
  root.setAttribute("role", "group");
  const empty = document.createElement("p");
  empty.className = "gn-grid-empty";
  el.append(root, empty);
  const cells = [];
  let size = null;

  function choose(at) {
    model.set("clicked", { index: at, number: (model.get("clicked").number ?? 0) + 1 });
    model.save_changes();
  }

  function hover(at) {
    if (model.get("hovered") === at) return;
    model.set("hovered", at);
    model.save_changes();
  }

  function cell(at) {
    const button = document.createElement("button");
    button.type = "button";
    const image = document.createElement("canvas");
    const caption = document.createElement("span");
    const title = document.createElement("b");
    const rest = document.createElement("small");
    caption.append(title, rest);
    button.append(image, caption);
    button.addEventListener("click", () => choose(at));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => hover(at));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => hover(-1));
    return { button, image, caption, title, rest };
  }

  function draw() {
    const [rows, columns] = model.get("shape");
    const pixels = bytes(model.get("images"));
    const count = rows * columns ? pixels.length / (rows * columns) : 0;
    const tones = colours(root);
    const [ink, zero] = [rgb(tones.ink), rgb(tones.surface)];
    const paint = model.get("signed") ? diverging(tones) : null;
    const table = Array.from({ length: 256 }, (_, level) =>
      paint ? paint((level - 128) / 127) : zero.map((from, i) => from + ((ink[i] - from) * level) / 255),
    );
    while (cells.length < count) {
      cells.push(cell(cells.length));
      root.append(cells.at(-1).button);
    }
    while (cells.length > count) cells.pop().button.remove();
    if (size !== model.get("size")) {
      size = model.get("size");
      root.style.gridTemplateColumns = `repeat(auto-fill, minmax(${size}px, 1fr))`;
    }
    const captions = model.get("captions");
    const crossed = new Set(model.get("crossed"));
    cells.forEach(({ button, image, caption, title, rest }, at) => {
      if (image.width !== columns || image.height !== rows) {
        image.width = columns;
        image.height = rows;
      }
      const picture = new ImageData(columns, rows);
      const start = at * rows * columns;
      for (let k = 0; k < rows * columns; k++) {
        const [r, g, b] = table[pixels[start + k]];
        picture.data[4 * k] = r;
        picture.data[4 * k + 1] = g;
        picture.data[4 * k + 2] = b;
        picture.data[4 * k + 3] = 255;
      }
      image.getContext("2d").putImageData(picture, 0, 0);
      const [first, second] = captions[at] ?? ["", ""];
      write(title, first);
      write(rest, second);
      caption.hidden = !first && !second;
      attribute(button, "aria-label", `${model.get("item") || model.get("label")} ${[first || at + 1, second].filter(Boolean).join(", ")}`);
      attribute(button, "title", model.get("label"));
      attribute(button, "aria-pressed", at === model.get("selected"));
      button.classList.toggle("crossed", crossed.has(at));
    });
    attribute(root, "aria-label", model.get("label"));
    write(empty, count ? "" : model.get("nothing"));
    empty.hidden = count > 0 || !model.get("nothing");
  }

  return drawing(el, model, ["images", "shape", "signed", "size", "captions", "crossed", "selected", "label", "item", "nothing"], draw);
}

export default { render };
