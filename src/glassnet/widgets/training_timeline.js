const HEIGHT = 88;
const LEFT = 10;
const TOP = 8;
const BOTTOM = 22;

function render({ model, el }) {
  const { node, context, resize } = canvas(el, 100, HEIGHT);
  node.className = "gn-training-timeline";
  node.tabIndex = 0;
  node.setAttribute("role", "slider");
  let width = 0;
  let kept = [];
  let last = 1;

  const x = (step) => LEFT + (step / last) * (width - 2 * LEFT);

  const size = measured(el, draw);

  function draw() {
    if (size.width() !== width && size.width() > 0) {
      width = size.width();
      resize(width, HEIGHT);
    }
    const ink = colours(el);
    kept = [...numbers(model.get("steps"))];
    const curves = [
      [numbers(model.get("test_steps")), numbers(model.get("test_loss")), ink.muted, [2, 3]],
      [numbers(model.get("steps")), numbers(model.get("loss")), ink.ink, []],
      [numbers(model.get("branch_steps")), numbers(model.get("branch_loss")), ink.series[2], []],
    ];
    const now = model.get("now");
    last = Math.max(1, now, ...curves.map(([steps]) => steps[steps.length - 1] || 0));
    const values = curves.flatMap(([, loss]) => [...loss].filter(Number.isFinite));
    const high = Math.max(...values);
    const low = Math.min(...values);
    const y = (value) => TOP + (1 - (value - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM - 10);

    context.clearRect(0, 0, width, HEIGHT);
    context.lineWidth = 1;
    context.strokeStyle = ink.line;
    context.beginPath();
    context.moveTo(LEFT, HEIGHT - BOTTOM + 0.5);
    context.lineTo(width - LEFT, HEIGHT - BOTTOM + 0.5);
    context.stroke();
    for (const [steps, loss, colour, dash] of curves) {
      context.beginPath();
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.lineJoin = "round";
      context.setLineDash(dash);
      let begun = false;
      for (let i = 0; i < steps.length; i++) {
        if (!Number.isFinite(loss[i])) continue;
        if (begun) context.lineTo(x(steps[i]), y(loss[i]));
        else context.moveTo(x(steps[i]), y(loss[i]));
        begun = true;
      }
      context.stroke();
    }
    context.setLineDash([]);
    context.font = `12px ${ink.sans}`;
    context.textBaseline = "bottom";
    context.fillStyle = ink.muted;
    const text = now.toLocaleString("en");
    const half = context.measureText(text).width / 2;
    const at = Math.min(Math.max(x(now), half + 2), width - half - 2);
    context.textAlign = "left";
    if (at - half > LEFT + 24) context.fillText("0", LEFT - 3, HEIGHT - 2);
    context.textAlign = "right";
    const end = last.toLocaleString("en");
    if (at + half < width - LEFT - context.measureText(end).width - 16) context.fillText(end, width - LEFT + 3, HEIGHT - 2);
    context.fillStyle = ink.ink;
    context.textAlign = "center";
    context.fillText(text, at, HEIGHT - 2);
    context.strokeStyle = ink.ink;
    context.beginPath();
    context.moveTo(x(now), TOP - 4);
    context.lineTo(x(now), HEIGHT - BOTTOM);
    context.stroke();
    context.beginPath();
    context.arc(x(now), HEIGHT - BOTTOM, 6, 0, 7);
    context.fillStyle = ink.surface;
    context.fill();
    context.lineWidth = 2;
    context.stroke();

    attribute(node, "aria-label", model.get("label"));
    attribute(node, "aria-valuemin", 0);
    attribute(node, "aria-valuemax", last);
    attribute(node, "aria-valuenow", now);
  }

  function want(step) {
    if (step === undefined || step === model.get("wanted")) return;
    model.set("wanted", step);
    model.save_changes();
  }

  function nearest(event) {
    const place = ((event.offsetX - LEFT) / Math.max(1, width - 2 * LEFT)) * last;
    return kept.reduce((best, step) => (Math.abs(step - place) < Math.abs(best - place) ? step : best), kept[0]);
  }

  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    model.set("wanted", -1);
    want(nearest(event));
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && want(nearest(event)));
  node.addEventListener("keydown", (event) => {
    const now = model.get("now");
    const moves = {
      ArrowLeft: () => kept.filter((step) => step < now).at(-1),
      ArrowRight: () => kept.find((step) => step > now),
      Home: () => kept[0],
      End: () => kept.at(-1),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    model.set("wanted", -1);
    want(moves[event.key]());
  });

  const names = ["steps", "loss", "test_steps", "test_loss", "branch_steps", "branch_loss", "now", "label"];
  const end = drawing(el, model, names, draw);
  return () => {
    size.end();
    end();
  };
}

export default { render };
