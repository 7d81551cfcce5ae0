// What both canvases share. Each widget's script is this text followed by its own.
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';
const INK = "#1D2A24", MUTED = "#5C6B63", GRID = "#E9EEEA", AXIS = "#B9C4BD";

/** A canvas that fills `box`, sharp on every screen; `draw(ctx, width, height)` when there is room for it. */
function sheet(box, draw) {
  const canvas = document.createElement("canvas");
  box.append(canvas);
  let asked = 0;
  const paint = () => {
    asked = 0;
    const { clientWidth: w, clientHeight: h } = box, ratio = window.devicePixelRatio || 1;
    if (!w || !h) return;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, w, h);
    ctx.font = FONT;
    draw(ctx, w, h);
  };
  const redraw = () => { asked ||= requestAnimationFrame(paint); };
  const sizes = new ResizeObserver(redraw);
  sizes.observe(box);
  return { canvas, redraw, end: () => sizes.disconnect() };
}

/** Numbers out of a message's buffer, wherever in it they begin. */
function numbers(Kind, view) {
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function element(kind, name, into, text = "") {
  const made = document.createElement(kind);
  made.className = name;
  if (text) made.textContent = text;
  into?.append(made);
  return made;
}

function swatch(into, colour, text, shape = "dot") {
  const item = element("span", "key", into);
  element("i", `mark ${shape}`, item).style.setProperty("--c", colour);
  element("span", "", item, text);
  return item;
}

/** Steps of 1, 2 or 5 times a power of ten: at most `most` of them between low and high. */
function niceTicks(low, high, most) {
  const rough = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(at);
  return { ticks: found, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** Beside the pointer, and never outside of the box. */
function placeTip(tip, x, y, width) {
  tip.style.display = "block";
  const w = tip.offsetWidth, left = x + 16 + w > width ? x - 16 - w : x + 16;
  tip.style.transform = `translate(${Math.max(0, Math.min(left, width - w))}px, ${Math.max(0, y)}px)`;
}
