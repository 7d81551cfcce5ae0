// What stands after the # of the page's address: a link to a view, which may be kept, sent and reloaded.
// The page waits for it, so it is told before anything is drawn, an empty one too. JupyterLab's is JupyterLab's.
const ours = () => location.pathname.includes("/voila/");

function initialize({ model }) {
  const tell = () => { model.set("asked", ours() ? location.hash.slice(1) : ""); model.save_changes(); };
  tell();
  if (!ours()) return;
  window.addEventListener("hashchange", tell);
  return () => window.removeEventListener("hashchange", tell);
}

function render({ model }) {
  if (!ours()) return;
  const show = () => history.replaceState(null, "", `${location.pathname}${location.search}#${model.get("shown")}`);
  if (!location.hash && model.get("shown")) show();
  model.on("change:shown", show);
  return () => model.off("change:shown", show);
}

export default { initialize, render };
