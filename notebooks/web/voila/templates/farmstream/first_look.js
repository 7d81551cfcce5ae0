// The chart before the page. Voilà works through 2.6 MB of script until it shows a widget; meanwhile this asks the
// kernel for what the page's address wants, and draws it with the chart's own script. It goes when the page's own
// chart stands there. Where anything of this fails, the page comes as it would without it.
(() => {
  const TYPE = "application/vnd.voila.cell-output+json";
  const outputs = [...document.querySelectorAll(`script[type="${TYPE}"]`)].map((output) => JSON.parse(output.textContent));
  const first = outputs.map(({ metadata }) => metadata?.first_look).find(Boolean);  // the ids of its widgets
  if (!first) return;
  const page = document.getElementById("first-look"), cells = document.getElementById("rendered_cells");
  let draw = null, picture = null, end = () => {};

  const PROTOCOL = "v1.kernel.websocket.jupyter.org";  // a count, offsets, and parts: which channel, four of JSON, buffers
  const utf8 = { to: new TextEncoder(), from: new TextDecoder() };

  function packed(header, content) {
    const parts = ["shell", ...[header, {}, {}, content].map((part) => JSON.stringify(part))].map((text) => utf8.to.encode(text));
    const offsets = [8 * (parts.length + 2)];
    for (const part of parts) offsets.push(offsets.at(-1) + part.length);
    const bytes = new Uint8Array(offsets.at(-1)), view = new DataView(bytes.buffer);
    [offsets.length, ...offsets].forEach((number, n) => view.setBigUint64(8 * n, BigInt(number), true));
    parts.forEach((part, n) => bytes.set(part, offsets[n]));
    return bytes;
  }

  function unpacked(data) {
    const view = new DataView(data), count = Number(view.getBigUint64(0, true)) - 1;
    const at = (n) => Number(view.getBigUint64(8 * n + 8, true));
    const [, header, , , content, ...buffers] = Array.from({ length: count }, (_, n) => new DataView(data, at(n), at(n + 1) - at(n)));
    return { header: JSON.parse(utf8.from.decode(header)), content: JSON.parse(utf8.from.decode(content)), buffers };
  }

  function connect() {
    const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const session = `first-look-${Date.now()}-${Math.random()}`;
    const kernel = `${location.origin.replace("http", "ws")}${baseUrl}api/kernels/${kernelId}`;
    const socket = new WebSocket(`${kernel}/channels?session_id=${session}`, PROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = ask;
    socket.onmessage = ({ data }) => {
      const { header, content, buffers } = unpacked(data);
      if (header.msg_type === "comm_msg") take(content.comm_id, content.data, buffers);
    };
    const send = (comm_id, data) => {
      const about = { session, username: "", version: "5.3", date: new Date().toISOString() };
      socket.send(packed({ msg_id: `${session}-${Math.random()}`, msg_type: "comm_msg", ...about }, { comm_id, data }));
    };
    return { socket, send };
  }

  /** The address first, so that the kernel reads meanwhile: what it has read before may be hours old. */
  function ask() {
    wire.send(first.address, { method: "update", state: { asked: location.hash.slice(1) }, buffer_paths: [] });
    for (const id of [first.style, first.top, first.chart]) wire.send(id, { method: "request_state" });
  }

  function take(id, { method, state, content }, buffers) {
    const html = page.querySelector(`[data-of="${id}"]`);
    if (html && state && "value" in state) html.innerHTML = state.value;
    if (id !== first.chart) return;
    if (state?._esm) start(state);
    else if (method === "custom" && content.kind === "all") show(content, buffers);
    else if (method === "custom" && content.kind === "news") wire.send(id, { method: "custom", content: { kind: "ready" } });
  }

  async function start({ _esm, ...traits }) {
    const url = URL.createObjectURL(new Blob([_esm], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    traits.zoom = false;  // that is the page's
    const model = { get: (name) => traits[name], send() {}, off() {}, on: (_, taker) => { draw = taker; } };
    end = widget.render({ model, el: page.querySelector(".look") });
    if (picture) show(...picture);
  }

  function show(...message) {
    picture = message;
    if (!draw || !page.isConnected) return;
    document.getElementById("loading").style.display = "none";
    page.hidden = false;
    draw(...message);
  }

  /** Voilà's page is ready: it is laid out unseen, and takes the place as soon as its chart is drawn too. */
  window.voila_finish = () => {
    if (!window.themeLoaded || page.hidden) return finish();
    document.body.classList.add("unseen");
    cells.style.display = "";
    const begun = Date.now(), timer = setInterval(() => {
      if (!(cells.querySelector(".chart")?.dataset.span > 1) && Date.now() - begun < 15000) return;
      clearInterval(timer);
      finish();
    }, 50);
  };

  function finish() {
    window.display_cells();  // which only notes it while Voilà's style is not there yet
    if (!window.themeLoaded) return;
    document.body.classList.remove("unseen");
    wire.socket.close();
    end();
    page.remove();
  }

  page.innerHTML = `<div class="style" data-of="${first.style}"></div><div data-of="${first.top}"></div><div></div>
    <div class="card controls"></div><div class="card"><h2>${first.title}</h2><div class="look"></div></div>`;
  const wire = connect();
})();
