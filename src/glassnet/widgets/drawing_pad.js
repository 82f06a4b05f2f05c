// A pad to draw on with mouse, pen, finger or keys. It keeps strokes, not pixels, so that it is sharp at any size.
const SIDE = 112; // of the drawing that is sent: four pixels for each of the network's

function text(array) {
  let letters = "";
  for (let at = 0; at < array.length; at += 8192) letters += String.fromCharCode(...array.subarray(at, at + 8192));
  return btoa(letters);
}

function button(label, act, parent) {
  const found = document.createElement("button");
  found.type = "button";
  found.textContent = label;
  found.addEventListener("click", act);
  parent.append(found);
  return found;
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gn-pad";
  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const hint = document.createElement("div");
  hint.className = "gn-pad-hint";
  const bar = document.createElement("div");
  bar.className = "gn-pad-bar";
  const undo = button("", takeBack, bar);
  const clear = button("", wipe, bar);
  const board = document.createElement("div");
  board.className = "gn-pad-board";
  board.append(canvas, hint);
  root.append(board, bar);
  el.append(root);

  const sheet = document.createElement("canvas"); // what is sent: white on black
  sheet.width = sheet.height = SIDE;
  let base = null; // a picture that was put on the pad, until the first stroke
  let strokes = [];
  let current = null;
  let keyPen = { x: 0.5, y: 0.3, down: false };
  let frame = 0;
  let changed = false;

  function putPicture() {
    const { pixels, shape } = model.get("picture");
    base = null;
    strokes = [];
    current = null;
    keyPen.down = false;
    if (pixels) {
      const [rows, columns] = shape;
      const grey = bytes(pixels);
      base = document.createElement("canvas");
      base.width = columns;
      base.height = rows;
      const image = new ImageData(columns, rows);
      for (let at = 0; at < grey.length; at++) image.data.set([255, 255, 255, grey[at]], 4 * at);
      base.getContext("2d").putImageData(image, 0, 0);
    }
    later();
  }

  function paint(context, side, colour) {
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = model.get("brush") * side;
    for (const stroke of strokes) {
      context.beginPath();
      const [first] = stroke;
      context.moveTo(first.x * side, first.y * side);
      if (stroke.length === 1) context.lineTo(first.x * side + 0.01, first.y * side);
      // Through the middles of the points, so that a quick stroke is round and not a polygon.
      for (let at = 1; at < stroke.length; at++) {
        const [from, to] = [stroke[at - 1], stroke[at]];
        const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
        context.quadraticCurveTo(from.x * side, from.y * side, middle.x * side, middle.y * side);
        if (at === stroke.length - 1) context.lineTo(to.x * side, to.y * side);
      }
      context.stroke();
    }
  }

  // The picture in another colour: its alpha is the ink.
  function tinted(colour) {
    const copy = document.createElement("canvas");
    copy.width = base.width;
    copy.height = base.height;
    const context = copy.getContext("2d");
    context.drawImage(base, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour;
    context.fillRect(0, 0, copy.width, copy.height);
    return copy;
  }

  function draw() {
    frame = 0;
    const wide = board.clientWidth;
    if (!wide) return;
    const side = Math.round(wide * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    const style = getComputedStyle(root);
    if (base) {
      context.imageSmoothingEnabled = false;
      context.drawImage(tinted(style.color), 0, 0, side, side);
    }
    paint(context, side, style.color);
    if (document.activeElement === canvas && keyPen.shown) {
      context.beginPath();
      context.lineWidth = 1.5 * devicePixelRatio;
      context.arc(keyPen.x * side, keyPen.y * side, (model.get("brush") * side) / 2, 0, 2 * Math.PI);
      context.strokeStyle = style.getPropertyValue(keyPen.down ? "--gn-pos" : "--gn-muted");
      context.stroke();
    }
    const labels = model.get("labels");
    hint.textContent = labels.hint;
    hint.hidden = base !== null || strokes.length > 0;
    clear.textContent = labels.clear;
    undo.textContent = labels.undo;
    clear.title = labels.clear_help;
    undo.title = labels.undo_help;
    undo.disabled = !strokes.length;
    clear.disabled = base === null && !strokes.length;
    canvas.setAttribute("aria-label", model.get("label"));
    if (changed) send();
  }

  function later() {
    frame ||= requestAnimationFrame(draw);
  }

  // At most one message a frame, however fast the pointer is.
  function send() {
    changed = false;
    const context = sheet.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "black";
    context.fillRect(0, 0, SIDE, SIDE);
    paint(context, SIDE, "white");
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    const grey = new Uint8Array(SIDE * SIDE);
    for (let at = 0; at < grey.length; at++) grey[at] = data[4 * at];
    model.set("drawing", text(grey));
    model.save_changes();
  }

  function touched() {
    changed = true;
    later();
  }

  function wipe() {
    base = null;
    strokes = [];
    keyPen.down = false;
    touched();
    canvas.focus();
  }

  function takeBack() {
    strokes.pop();
    keyPen.down = false;
    touched();
  }

  function begin(point) {
    base = null;
    strokes.push([point]);
    return strokes.at(-1);
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    keyPen.shown = false;
    current = begin(place(event));
    touched();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) current.push(place(each));
    touched();
  });
  for (const kind of ["pointerup", "pointercancel"])
    canvas.addEventListener(kind, () => {
      current = null;
    });

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.key in steps) {
      const [across, down] = steps[event.key];
      keyPen.x = Math.min(Math.max(keyPen.x + across / 28, 0), 1);
      keyPen.y = Math.min(Math.max(keyPen.y + down / 28, 0), 1);
      keyPen.shown = true;
      if (keyPen.down) {
        strokes.at(-1).push({ x: keyPen.x, y: keyPen.y });
        changed = true;
      }
    } else if (event.key === " ") {
      keyPen.down = !keyPen.down;
      keyPen.shown = true;
      if (keyPen.down) {
        begin({ x: keyPen.x, y: keyPen.y });
        changed = true;
      }
    } else if (["Delete", "Backspace", "Escape"].includes(event.key)) {
      wipe();
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      if (strokes.length) takeBack();
    } else return;
    event.preventDefault();
    later();
  });
  canvas.addEventListener("focus", later);
  canvas.addEventListener("blur", later);

  const observer = new ResizeObserver(later);
  observer.observe(board);
  model.on("change:picture", putPicture);
  const end = drawing(el, model, ["labels", "brush", "label"], draw);
  putPicture();
  return () => {
    end();
    model.off("change:picture", putPicture);
    observer.disconnect();
    cancelAnimationFrame(frame);
  };
}

export default { render };
