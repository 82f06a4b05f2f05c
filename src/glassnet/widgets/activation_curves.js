const HEIGHT = 220;
const LOWEST = -1.8;
const HIGHEST = 3.2;

function render({ model, el }) {
  const { node, context, resize } = canvas(el, 100, HEIGHT);
  node.setAttribute("role", "img");
  const legend = el.appendChild(Object.assign(document.createElement("div"), { className: "gn-activation-legend" }));
  const choices = el.appendChild(Object.assign(document.createElement("div"), { className: "gn-activation-choices" }));
  let width = 0;

  function rows() {
    const names = model.get("names");
    const [values, slopes] = [numbers(model.get("values")), numbers(model.get("slopes"))];
    const count = values.length / Math.max(1, names.length);
    const part = (all, i) => all.subarray(i * count, (i + 1) * count);
    return names.map((name, i) => ({ name, values: part(values, i), slopes: part(slopes, i) }));
  }

  function curve(row, context, left, top, wide, high, low, peak, palette, slope) {
    const numbers = slope ? row.slopes : row.values;
    context.beginPath();
    for (let i = 0; i < numbers.length; i++) {
      const x = left + (i / (numbers.length - 1)) * wide;
      const y = top + ((peak - numbers[i]) / (peak - low)) * high;
      // A jump, as that of the step, is drawn as one.
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    context.strokeStyle = slope ? palette.muted : palette.ink;
    context.stroke();
  }

  function draw() {
    if (el.clientWidth !== width && el.clientWidth > 0) {
      width = el.clientWidth;
      resize(width, HEIGHT);
    }
    const palette = colours(el);
    const row = rows().find(({ name }) => name === model.get("chosen"));
    context.clearRect(0, 0, width, HEIGHT);
    node.setAttribute("aria-label", model.get("label"));
    if (!row) return;
    const [z0, z1] = model.get("z_range");
    const [left, top, wide, high] = [28, 8, width - 36, HEIGHT - 32];
    const all = [...row.values, ...row.slopes];
    const low = Math.max(LOWEST, Math.min(-0.15, ...all) - 0.1);
    const peak = Math.min(HIGHEST, Math.max(1, ...all) + 0.15);
    const x = (z) => left + ((z - z0) / (z1 - z0)) * wide;
    const y = (a) => top + ((peak - a) / (peak - low)) * high;
    context.font = `12px ${palette.sans}`;
    context.lineWidth = 1;
    context.fillStyle = palette.muted;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let a = Math.ceil(low); a <= peak; a++) {
      context.strokeStyle = a ? palette.soft : palette.line;
      context.beginPath();
      context.moveTo(left, y(a));
      context.lineTo(left + wide, y(a));
      context.stroke();
      context.fillText(typeset(a), left - 8, y(a));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (let z = Math.ceil(z0 / 2) * 2; z <= z1; z += 2) context.fillText(typeset(z), x(z), top + high + 6);
    context.strokeStyle = palette.line;
    context.beginPath();
    context.moveTo(x(0), top);
    context.lineTo(x(0), top + high);
    context.stroke();

    context.save();
    context.beginPath();
    context.rect(left, top, wide, high);
    context.clip();
    context.lineWidth = 1.5;
    context.setLineDash([4, 4]);
    curve(row, context, left, top, wide, high, low, peak, palette, true);
    context.setLineDash([]);
    context.lineWidth = 2.25;
    curve(row, context, left, top, wide, high, low, peak, palette, false);
    const [z, a] = model.get("at");
    if (z !== undefined) {
      context.strokeStyle = palette.muted;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x(z), y(0));
      context.lineTo(x(z), y(a));
      context.stroke();
      context.beginPath();
      context.arc(x(z), y(a), 6, 0, 7);
      context.fillStyle = a < 0 ? palette.neg : palette.pos;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = palette.surface;
      context.stroke();
    }
    context.restore();
    const words = model.get("words");
    legend.replaceChildren(
      ...[["gn-solid", words.value], ["gn-dashed", words.slope]].map(([kind, text]) =>
        Object.assign(document.createElement("span"), { className: kind, textContent: text ?? "" }),
      ),
    );
    for (const button of choices.children) button.setAttribute("aria-pressed", button.dataset.name === model.get("chosen"));
  }

  function small(row) {
    const points = Array.from(row.values, (a, i) => {
      const x = 2 + (i / (row.values.length - 1)) * 52;
      return `${x.toFixed(1)},${(2 + ((2.4 - Math.max(-1.4, Math.min(2.4, a))) / 3.8) * 28).toFixed(1)}`;
    });
    return `<svg viewBox="0 0 56 32" aria-hidden="true"><polyline points="${points.join(" ")}"/></svg>`;
  }

  function offer() {
    const had = [...choices.children].map((button) => button.dataset.name).join();
    if (had === model.get("names").join() && had) return;
    choices.replaceChildren(
      ...rows().map((row) => {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.name = row.name;
        button.innerHTML = small(row);
        button.append(row.name);
        button.addEventListener("click", () => {
          model.set("chosen", row.name);
          model.save_changes();
          draw();
        });
        return button;
      }),
    );
    draw();
  }

  const end = drawing(el, model, ["chosen", "at", "words", "label", "values", "slopes"], () => {
    offer();
    draw();
  });
  const size = new ResizeObserver(() => el.clientWidth !== width && draw());
  size.observe(el);
  return () => {
    size.disconnect();
    end();
  };
}

export default { render };
