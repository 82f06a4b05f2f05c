// Lines over a common axis: a legend with the newest numbers, round ticks, a crosshair that reads all lines off.
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 46, right: 12, top: 8, bottom: 26 };

function make(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Round numbers between two others, about `most` of them.
function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => power * factor).find((width) => width >= rough * 0.999);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at++) found.push(at * step);
  return found;
}

// Powers of ten, with their twos and fives where there are few of them.
function logTicks(low, high) {
  const factors = high - low > 3 ? [1] : high - low > 1 ? [1, 3] : [1, 2, 3, 5];
  const found = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++)
    for (const factor of factors) {
      const at = Math.log10(factor) + power;
      if (at >= low - 1e-9 && at <= high + 1e-9) found.push(at);
    }
  return found;
}

function short(number) {
  const size = Math.abs(number);
  if (size >= 1e6) return `${+(number / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(number / 1e3).toPrecision(3)}k`;
  if (size >= 1e3) return Math.round(number).toLocaleString("en");
  if (size !== 0 && size < 1e-3) return number.toExponential(0);
  return String(+number.toPrecision(3));
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-curve";
  root.setAttribute("role", "img");
  const legend = document.createElement("div");
  legend.className = "gn-curve-legend";
  const plot = document.createElement("div");
  plot.className = "gn-curve-plot";
  root.append(legend, plot);
  el.append(root);
  let pointer = null; // where the crosshair stands, in pixels

  function lines() {
    const xs = numbers(model.get("xs"));
    const ys = numbers(model.get("ys"));
    let start = 0;
    return model.get("series").map((about, number) => {
      const end = start + about.count;
      const line = { ...about, xs: xs.subarray(start, end), ys: ys.subarray(start, end) };
      line.paint = `var(--gn-${about.colour ?? `series-${number}`})`;
      start = end;
      return line;
    });
  }

  const log = () => model.get("log_y");
  const height = (y) => (log() ? (y > 0 ? Math.log10(y) : NaN) : y);
  function written(y) {
    if (!Number.isFinite(y)) return "–";
    return model.get("percent") ? `${(100 * y).toFixed(1)} %` : Math.abs(y) >= 1 ? y.toFixed(3) : y.toPrecision(3);
  }

  function limits(all) {
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const line of all)
      for (let at = 0; at < line.xs.length; at++) {
        const y = height(line.ys[at]);
        if (!Number.isFinite(y)) continue;
        left = Math.min(left, line.xs[at]);
        right = Math.max(right, line.xs[at]);
        low = Math.min(low, y);
        high = Math.max(high, y);
      }
    const fixed = model.get("y_limits");
    if (fixed.length === 2) [low, high] = fixed.map(height);
    if (!(left <= right)) [left, right] = [0, 1];
    if (!(low <= high)) [low, high] = log() ? [-1, 0] : [0, 1];
    if (left === right) right = left + 1;
    if (low === high) [low, high] = [low - 0.5 * (Math.abs(low) || 1), high + 0.5 * (Math.abs(high) || 1)];
    if (fixed.length !== 2 && !log()) low = low > 0 && low < 0.5 * high ? 0 : low;
    return { left, right, low, high };
  }

  function drawLegend(all, at) {
    legend.replaceChildren(
      ...all.map((line) => {
        const entry = document.createElement("span");
        const swatch = document.createElement("i");
        swatch.style.borderTop = `2px ${line.dashed ? "dashed" : "solid"} ${line.paint}`;
        const value = document.createElement("b");
        value.textContent = line.count ? written(line.ys[at === null ? line.count - 1 : nearest(line.xs, at)]) : "–";
        entry.append(swatch, `${line.name} `, value);
        return entry;
      }),
    );
  }

  function nearest(xs, x) {
    let best = 0;
    for (let at = 1; at < xs.length; at++) if (Math.abs(xs[at] - x) < Math.abs(xs[best] - x)) best = at;
    return best;
  }

  const size = measured(plot, draw);

  function draw() {
    const all = lines();
    const wide = size.width();
    const tall = model.get("height");
    if (!wide) return;
    const { left, right, low, high } = limits(all);
    const inner = { wide: wide - MARGIN.left - MARGIN.right, tall: tall - MARGIN.top - MARGIN.bottom };
    const across = (x) => MARGIN.left + ((x - left) / (right - left)) * inner.wide;
    const down = (y) => MARGIN.top + (1 - (y - low) / (high - low)) * inner.tall;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("width", wide);
    svg.setAttribute("height", tall);
    svg.setAttribute("aria-hidden", "true");
    for (const tick of log() ? logTicks(low, high) : ticks(low, high, 4)) {
      make("line", { class: "grid", x1: MARGIN.left, x2: wide - MARGIN.right, y1: down(tick), y2: down(tick) }, svg);
      const label = make("text", { x: MARGIN.left - 8, y: down(tick) + 4, "text-anchor": "end" }, svg);
      const value = log() ? 10 ** tick : tick;
      label.textContent = model.get("percent") ? `${+(100 * value).toFixed(2)} %` : short(value);
    }
    for (const tick of ticks(left, right, Math.max(2, Math.floor(inner.wide / 90)))) {
      if (across(tick) > wide - MARGIN.right - 7 * model.get("x_label").length - 20) continue; // the axis's name stands there
      const label = make("text", { x: across(tick), y: tall - 8, "text-anchor": "middle" }, svg);
      label.textContent = short(tick);
    }
    const name = make("text", { class: "axis", x: wide - MARGIN.right, y: tall - 8, "text-anchor": "end" }, svg);
    name.textContent = model.get("x_label");
    const mark = model.get("mark");
    if (mark !== null && mark >= left && mark <= right)
      make("line", { class: "mark", x1: across(mark), x2: across(mark), y1: MARGIN.top, y2: tall - MARGIN.bottom }, svg);
    for (const line of all) {
      let path = "";
      let pen = "M";
      for (let at = 0; at < line.xs.length; at++) {
        const y = height(line.ys[at]);
        if (!Number.isFinite(y)) {
          pen = "M";
          continue;
        }
        const inside = Math.min(Math.max(y, low), high);
        path += `${pen}${across(line.xs[at]).toFixed(1)} ${down(inside).toFixed(1)}`;
        pen = "L";
      }
      const drawn = make("path", { class: "line", d: path, "stroke-dasharray": line.dashed ? "5 4" : "none" }, svg);
      drawn.style.stroke = line.paint;
      if (line.count === 1 && path) {
        const dot = make("circle", { cx: across(line.xs[0]), cy: down(height(line.ys[0])), r: 2.5 }, svg);
        dot.style.fill = line.paint;
      }
    }
    let at = null;
    if (pointer !== null && all.some((line) => line.count)) {
      at = left + ((pointer - MARGIN.left) / inner.wide) * (right - left);
      at = Math.min(Math.max(at, left), right);
      const longest = all.reduce((a, b) => (b.count > a.count ? b : a));
      at = longest.xs[nearest(longest.xs, at)];
      make("line", { class: "cross", x1: across(at), x2: across(at), y1: MARGIN.top, y2: tall - MARGIN.bottom }, svg);
      const label = make("text", { class: "axis", x: across(at) + (across(at) > wide / 2 ? -6 : 6), y: MARGIN.top + 10 }, svg);
      label.setAttribute("text-anchor", across(at) > wide / 2 ? "end" : "start");
      label.textContent = `${model.get("x_label")} ${short(at)}`;
      for (const line of all.filter((one) => one.count)) {
        const k = nearest(line.xs, at);
        const y = height(line.ys[k]);
        if (!Number.isFinite(y)) continue;
        const dot = make("circle", { cx: across(line.xs[k]), cy: down(Math.min(Math.max(y, low), high)), r: 3.5 }, svg);
        dot.style.fill = line.paint;
      }
    }
    plot.replaceChildren(svg);
    drawLegend(all, at);
    const told = all.map((line) => `${line.name} ${line.count ? written(line.ys[line.count - 1]) : "–"}`).join(", ");
    root.setAttribute("aria-label", `${model.get("label").replace(/[.。]$/, "")}: ${told}`);
  }

  plot.addEventListener("pointermove", (event) => {
    pointer = event.clientX - plot.getBoundingClientRect().left;
    draw();
  });
  plot.addEventListener("pointerleave", () => {
    pointer = null;
    draw();
  });
  const names = ["series", "xs", "ys", "log_y", "percent", "y_limits", "x_label", "mark", "height", "label"];
  const end = drawing(el, model, names, draw);
  return () => {
    end();
    size.end();
  };
}

export default { render };
