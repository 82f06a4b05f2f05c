const MARGIN = { left: 28, bottom: 20, top: 6, right: 6 };
const PALE = 0.6; // so that points stand out from their own colour

function render({ model, el }) {
  const words = () => model.get("words") ?? {};
  const root = element("div", "gn-map", el);
  const stage = element("div", "gn-map-stage", root);
  const { node, context, resize } = canvas(stage, 300, 300);
  const tip = element("div", "gn-map-tip", stage);
  const legend = element("div", "gn-map-legend", root);
  node.setAttribute("role", "img");
  node.tabIndex = 0;

  let size = 300;
  let cursor = null; // where the keyboard's pen is
  let stroke = null; // points of the stroke under way
  let count = 0;
  const side = () => size - MARGIN.left - MARGIN.right;
  const right = (x) => MARGIN.left + ((x + model.get("extent")) / (2 * model.get("extent"))) * side();
  const down = (y) => MARGIN.top + ((model.get("extent") - y) / (2 * model.get("extent"))) * side();
  const place = (event) => {
    const box = node.getBoundingClientRect();
    const u = (event.clientX - box.left - MARGIN.left) / side();
    const v = (event.clientY - box.top - MARGIN.top) / side();
    const extent = model.get("extent");
    return u < 0 || u > 1 || v < 0 || v > 1 ? null : [(2 * u - 1) * extent, (1 - 2 * v) * extent];
  };

  const points = () => {
    const all = numbers(model.get("points"));
    return Array.from({ length: all.length / 4 }, (_, i) => all.subarray(4 * i, 4 * i + 4));
  };
  const colourOf = (label, palette) => {
    const classes = model.get("classes");
    if (classes > 2) return palette.series[label % 8];
    return `rgb(${diverging(palette)(classes ? 2 * label - 1 : Math.sign(label) * (0.25 + 0.75 * Math.abs(label)))})`;
  };

  function fieldImage(palette) {
    const field = bytes(model.get("field"));
    const length = Math.sqrt(field.length);
    const image = document.createElement("canvas");
    image.width = image.height = length || 1;
    if (!length) return image;
    const classes = model.get("classes"); // may be new already where `winner` is still that of the data before
    const winner = classes > 2 ? bytes(model.get("winner")) : [];
    const pixels = new ImageData(length, length);
    const table = shades(palette, classes, model.get("discretise"));
    const words = new Uint32Array(pixels.data.buffer); // four bytes at once
    for (let i = 0; i < field.length; i++) words[i] = table[winner.length ? winner[i] % 8 : 0][field[i]];
    image.getContext("2d").putImageData(pixels, 0, 0);
    return image;
  }

  function paint(pen) {
    const palette = colours(el);
    const extent = model.get("extent");
    const step = extent > 4 ? 2 : 1;
    pen.image(fieldImage(palette), MARGIN.left, MARGIN.top, side(), side());
    pen.frame(MARGIN.left, MARGIN.top, side(), side(), palette.line);
    for (let tick = -Math.floor(extent / step) * step; tick <= extent; tick += step) {
      const name = typeset(tick);
      pen.text(name, right(tick), size - 4, palette.muted, palette.sans, "center");
      pen.text(name, MARGIN.left - 6, down(tick) + 4, palette.muted, palette.sans, "right");
    }
    const radius = size < 340 ? 3 : 3.75;
    for (const [x, y, label, test] of points()) {
      if (test && !model.get("show_test")) continue;
      if (Math.abs(x) > extent || Math.abs(y) > extent) continue;
      const colour = colourOf(label, palette);
      if (test) pen.circle(right(x), down(y), radius - 0.4, palette.surface, colour, 1.75);
      else pen.circle(right(x), down(y), radius, colour, model.get("classes") ? palette.surface : palette.muted, model.get("classes") ? 1 : 0.6);
    }
    for (const [x, y] of stroke?.points ?? []) {
      const filled = stroke.erase ? "none" : colourOf(stroke.label, palette);
      pen.circle(right(x), down(y), stroke.erase ? 8 : radius, filled, palette.ink, 1);
    }
    const marked = numbers(model.get("marked"));
    if (marked.length) pen.circle(right(marked[0]), down(marked[1]), radius + 4, "none", palette.ink, 2);
    if (cursor) pen.circle(right(cursor[0]), down(cursor[1]), 9, "none", palette.ink, 1.5);
  }

  function draw() {
    context.clearRect(0, 0, size, size);
    paint(onCanvas(context));
    node.setAttribute("aria-label", [model.get("label"), model.get("pen") !== -1 ? words().drawing : ""].filter(Boolean).join(" "));
    stage.classList.toggle("gn-pen", model.get("pen") !== -1);
  }

  function drawLegend() {
    const palette = colours(el);
    const classes = model.get("classes");
    legend.replaceChildren();
    const entry = (fill, line, text) => {
      const span = element("span", "", legend);
      const dot = element("i", "", span);
      dot.style.background = fill;
      dot.style.border = `2px solid ${line}`;
      span.append(text);
    };
    if (classes) model.get("class_names").forEach((name, i) => entry(colourOf(i, palette), colourOf(i, palette), name));
    else {
      const span = element("span", "", legend);
      span.append("\u22121");
      const scale = element("i", "gn-map-scale", span);
      scale.style.cssText = `width:96px;height:8px;border-radius:4px;background:linear-gradient(90deg,${palette.neg},${palette.surface},${palette.pos})`;
      span.append("1");
    }
    entry(palette.muted, palette.muted, words().train ?? "");
    if (model.get("show_test")) entry("transparent", palette.muted, words().test ?? "");
  }

  // -- the pointer and the keys ---------------------------------------------------------------------------------------

  const label = () => Math.max(0, model.get("pen"));
  const say = (name, value) => {
    model.set(name, { n: ++count + Date.now(), ...value });
    model.save_changes();
  };
  const begin = (at) => (stroke = { points: [at], label: label(), erase: model.get("pen") === -2 });
  const finish = () => {
    if (stroke) say("drawn", stroke);
    stroke = null;
    draw();
  };
  const nearest = (event) => {
    const at = place(event);
    let best = { index: -1, distance: 9 };
    if (!at) return -1;
    points().forEach(([x, y, , test], index) => {
      if (test && !model.get("show_test")) return;
      const distance = Math.hypot(right(x) - right(at[0]), down(y) - down(at[1]));
      if (distance < best.distance) best = { index, distance };
    });
    return best.index;
  };

  node.addEventListener("pointerdown", (event) => {
    const at = place(event);
    if (!at) return;
    if (model.get("pen") === -1) {
      const index = nearest(event);
      if (index >= 0) say("picked", { index });
      return;
    }
    node.setPointerCapture(event.pointerId);
    begin(at);
    draw();
  });
  node.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (stroke && at) {
      const last = stroke.points[stroke.points.length - 1];
      if (Math.hypot(right(at[0]) - right(last[0]), down(at[1]) - down(last[1])) >= 11) stroke.points.push(at);
      draw();
    }
    showTip(at);
  });
  node.addEventListener("pointerup", finish);
  node.addEventListener("pointercancel", finish);
  node.addEventListener("pointerleave", () => showTip(null));

  function showTip(at) {
    tip.classList.toggle("gn-on", Boolean(at));
    if (!at) return;
    const [x, y] = at;
    const field = bytes(model.get("field"));
    const length = Math.sqrt(field.length);
    const extent = model.get("extent");
    let text = `x ${typeset(x.toFixed(2))}, y ${typeset(y.toFixed(2))}`;
    if (length) {
      const row = Math.min(length - 1, Math.floor(((extent - y) / (2 * extent)) * length));
      const column = Math.min(length - 1, Math.floor(((x + extent) / (2 * extent)) * length));
      const value = field[row * length + column];
      const winner = bytes(model.get("winner"))[row * length + column];
      const names = model.get("class_names");
      const classes = model.get("classes");
      if (classes > 2) text += ` · ${Math.round((100 * value) / 255)} % ${names[winner] ?? winner}`;
      else if (classes) text += ` · ${names[1] ?? 1}: ${Math.round((100 * value) / 255)} %`;
      else text += ` · ${words().value ?? ""} ${typeset(((value - 127.5) / 127.5).toFixed(2))}`;
    }
    tip.textContent = text;
    const left = right(x) + 14;
    tip.style.left = `${Math.max(0, Math.min(left, size - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, down(y) - 34)}px`;
  }

  node.addEventListener("keydown", (event) => {
    if (model.get("pen") === -1) return;
    const step = model.get("extent") / 24;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const inside = (value) => Math.max(-model.get("extent"), Math.min(model.get("extent"), value));
    if (moves[event.key]) {
      cursor = (cursor ?? [0, 0]).map((value, i) => inside(value + moves[event.key][i]));
    } else if (event.key === " " || event.key === "Enter") {
      cursor ??= [0, 0];
      begin(cursor);
      finish();
    } else return;
    event.preventDefault();
    draw();
    showTip(cursor);
  });
  node.addEventListener("blur", () => {
    cursor = null;
    draw();
    showTip(null);
  });

  // -- size, saving --------------------------------------------------------------------------------------------------------

  const watcher = new ResizeObserver(() => {
    const wanted = Math.max(200, Math.floor(root.clientWidth));
    if (wanted === size) return;
    size = wanted;
    resize(size, size);
    draw();
  });
  watcher.observe(root);
  const save = () => {
    const { kind, name } = model.get("save");
    if (kind === "png") download(node.toDataURL("image/png"), `${name}.png`);
    if (kind === "svg") {
      const parts = [];
      paint(asSvg(parts));
      const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}">`;
      download(URL.createObjectURL(new Blob([drawn, ...parts, "</svg>"], { type: "image/svg+xml" })), `${name}.svg`);
    }
  };
  model.on("change:save", save);
  const names = ["field", "winner", "points", "classes", "extent", "discretise", "show_test", "pen", "marked", "label"];
  const ends = [drawing(el, model, names, draw)];
  ends.push(drawing(el, model, ["classes", "class_names", "show_test", "words"], drawLegend));
  return () => {
    watcher.disconnect();
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

// The colours of the bytes 0 to 255 as 32-bit numbers, one table for two classes or heights, one for each class where there are more.
function shades(palette, classes, discretise) {
  const table = (colour) =>
    Uint32Array.from({ length: 256 }, (_, i) => {
      const [r, g, b] = colour(i).map(Math.round);
      return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    });
  if (classes <= 2) {
    const between = diverging(palette);
    const value = (i) => (discretise ? (i >= 128 ? 1 : -1) : (i - 127.5) / 127.5);
    return [table((i) => between(PALE * value(i)))];
  }
  const zero = rgb(palette.surface);
  return palette.series.map((colour) => {
    const end = rgb(colour);
    return table((i) => zero.map((from, k) => from + (end[k] - from) * PALE * (discretise ? 1 : i / 255)));
  });
}

// Two pens with the same strokes: one for the screen, one for a file.
function onCanvas(context) {
  return {
    image: (image, x, y, width, height) => {
      context.imageSmoothingEnabled = true;
      context.drawImage(image, x, y, width, height);
    },
    frame: (x, y, width, height, colour) => {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    },
    text: (text, x, y, colour, font, align) => {
      context.fillStyle = colour;
      context.font = `11px ${font}`;
      context.textAlign = align;
      context.fillText(text, x, y);
    },
    circle: (x, y, radius, fill, line, width) => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      if (fill !== "none") {
        context.fillStyle = fill;
        context.fill();
      }
      context.strokeStyle = line;
      context.lineWidth = width;
      context.stroke();
    },
  };
}

function asSvg(parts) {
  const anchors = { center: "middle", right: "end", left: "start" };
  return {
    image: (image, x, y, width, height) =>
      parts.push(`<image x="${x}" y="${y}" width="${width}" height="${height}" href="${image.toDataURL()}"/>`),
    frame: (x, y, width, height, colour) =>
      parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${colour}"/>`),
    text: (text, x, y, colour, font, align) =>
      parts.push(
        `<text x="${x}" y="${y}" fill="${colour}" font-size="11" font-family="sans-serif" text-anchor="${anchors[align]}">${text}</text>`
      ),
    circle: (x, y, radius, fill, line, width) =>
      parts.push(`<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}" stroke="${line}" stroke-width="${width}"/>`),
  };
}

function download(href, name) {
  Object.assign(document.createElement("a"), { href, download: name }).click();
}

export default { render };
