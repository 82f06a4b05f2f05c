const LEFT = 58;
const BOTTOM = 40;
const EDGE = 8;

function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) found.push(Number((i * step).toPrecision(8)));
  return found;
}

function render({ model, el }) {
  const { node, context, resize } = canvas(el, 100, 100);
  const map = document.createElement("canvas");
  let size = 0;
  node.style.margin = "0 auto";
  let place = {};

  function scale() {
    const [x0, x1] = model.get("x_range");
    const [y0, y1] = model.get("y_range");
    const side = size - LEFT - EDGE;
    const height = size - BOTTOM - EDGE;
    place = {
      x: (value) => LEFT + ((value - x0) / (x1 - x0)) * side,
      y: (value) => EDGE + ((y1 - value) / (y1 - y0)) * height,
      value: (px, py) => [x0 + ((px - LEFT) / side) * (x1 - x0), y1 - ((py - EDGE) / height) * (y1 - y0)],
      x0, x1, y0, y1, side, height,
    };
  }

  function drawField(palette) {
    const field = bytes(model.get("field"));
    const count = Math.round(Math.sqrt(field.length));
    if (!count) return;
    map.width = map.height = count;
    const image = new ImageData(count, count);
    const colour = diverging(palette);
    for (let i = 0; i < field.length; i++) {
      const [r, g, b] = colour(((field[i] - 128) / 127) * 0.55);
      image.data.set([r, g, b, 255], 4 * i);
    }
    map.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(map, LEFT, EDGE, place.side, place.height);
  }

  function drawAxes(palette) {
    context.strokeStyle = palette.line;
    context.fillStyle = palette.muted;
    context.lineWidth = 1;
    context.font = `12px ${palette.sans}`;
    context.strokeRect(LEFT + 0.5, EDGE + 0.5, place.side - 1, place.height - 1);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(place.x0, place.x1)) context.fillText(typeset(value), place.x(value), size - BOTTOM + 6);
    context.fillText(model.get("x_name"), LEFT + place.side / 2, size - BOTTOM + 22);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(place.y0, place.y1)) context.fillText(typeset(value), LEFT - 6, place.y(value));
    context.save();
    context.translate(10, EDGE + place.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(model.get("y_name"), 0, 0);
    context.restore();
  }

  function drawLine(palette) {
    const [w1, w2, b] = model.get("line");
    if (w1 === undefined || Math.hypot(w1, w2) < 1e-12) return;
    // In pixels: u is the direction in which the sum grows, p the point of the line nearest to the middle.
    const u = [w1 * (place.x1 - place.x0) / place.side, -w2 * (place.y1 - place.y0) / place.height];
    const length = Math.hypot(...u);
    const middle = [LEFT + place.side / 2, EDGE + place.height / 2];
    const [mx, my] = place.value(...middle);
    const distance = -(w1 * mx + w2 * my + b) / (length * length);
    const p = [middle[0] + u[0] * distance, middle[1] + u[1] * distance];
    const n = [u[0] / length, u[1] / length];
    const far = 2 * size + Math.hypot(p[0] - middle[0], p[1] - middle[1]);
    context.save();
    context.beginPath();
    context.rect(LEFT, EDGE, place.side, place.height);
    context.clip();
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(p[0] - n[1] * far, p[1] + n[0] * far);
    context.lineTo(p[0] + n[1] * far, p[1] - n[0] * far);
    context.stroke();
    const tip = [p[0] + n[0] * 32, p[1] + n[1] * 32];
    context.beginPath();
    context.moveTo(...p);
    context.lineTo(...tip);
    context.stroke();
    context.beginPath();
    context.moveTo(tip[0] + n[0] * 9, tip[1] + n[1] * 9);
    context.lineTo(tip[0] - n[1] * 5, tip[1] + n[0] * 5);
    context.lineTo(tip[0] + n[1] * 5, tip[1] - n[0] * 5);
    context.fillStyle = palette.ink;
    context.fill();
    context.restore();
  }

  function drawPoints(palette) {
    const points = numbers(model.get("points"));
    const many = points.length / 3 > 60;
    const radius = many ? 3 : 7;
    context.save();
    context.beginPath();
    context.rect(LEFT, EDGE, place.side, place.height);
    if (many) context.clip();
    context.lineWidth = many ? 0.75 : 2;
    for (let i = 0; i < points.length; i += 3) {
      const [x, y] = [place.x(points[i]), place.y(points[i + 1])];
      context.beginPath();
      if (points[i + 2] > 0.5) context.arc(x, y, radius, 0, 7);
      else context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
      context.fillStyle = points[i + 2] > 0.5 ? palette.pos : palette.neg;
      context.strokeStyle = palette.surface;
      context.fill();
      context.stroke();
      if (i / 3 === model.get("marked")) {
        context.beginPath();
        context.arc(x, y, radius + 7, 0, 7);
        context.strokeStyle = palette.ink;
        context.stroke();
      }
    }
    context.restore();
  }

  function drawProbe(palette) {
    const probe = model.get("probe");
    node.style.cursor = probe.length ? "crosshair" : "default";
    node.tabIndex = probe.length ? 0 : -1;
    if (!probe.length) return;
    const [x, y] = [place.x(probe[0]), place.y(probe[1])];
    context.beginPath();
    context.arc(x, y, 7, 0, 7);
    context.fillStyle = palette.surface;
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = palette.ink;
    context.stroke();
  }

  function draw() {
    const width = Math.min(el.clientWidth, 560);
    if (width <= 0) return;
    if (width !== size) {
      size = width;
      resize(size, size);
    }
    const palette = colours(el);
    scale();
    context.clearRect(0, 0, size, size);
    drawField(palette);
    drawAxes(palette);
    drawLine(palette);
    drawPoints(palette);
    drawProbe(palette);
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", model.get("label"));
  }

  function moveTo(x, y) {
    const within = (value, low, high) => Math.min(high, Math.max(low, value));
    const [x0, x1, y0, y1] = [place.x0, place.x1, place.y0, place.y1];
    model.set("probe", [within(x, x0, x1), within(y, y0, y1)].map((value) => Number(value.toPrecision(4))));
    model.save_changes();
    draw();
  }

  node.addEventListener("pointerdown", (event) => {
    if (!model.get("probe").length) return;
    node.setPointerCapture(event.pointerId);
    moveTo(...place.value(event.offsetX, event.offsetY));
  });
  node.addEventListener("pointermove", (event) => {
    if (node.hasPointerCapture(event.pointerId)) moveTo(...place.value(event.offsetX, event.offsetY));
  });
  node.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const [x, y] = model.get("probe");
    if (!moves[event.key] || x === undefined) return;
    event.preventDefault();
    const [dx, dy] = moves[event.key];
    moveTo(x + (dx * (place.x1 - place.x0)) / 60, y + (dy * (place.y1 - place.y0)) / 60);
  });

  const names = ["field", "x_range", "y_range", "x_name", "y_name", "line", "points", "marked", "probe", "label"];
  const end = drawing(el, model, names, draw);
  const sized = new ResizeObserver(() => Math.min(el.clientWidth, 560) !== size && draw());
  sized.observe(el);
  return () => {
    sized.disconnect();
    end();
  };
}

export default { render };
