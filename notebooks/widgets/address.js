// What stands after the # of the page's address: a link to a view, which may be kept, sent and reloaded.
// It is told at once, an empty one too, as the page waits for it. JupyterLab's address is JupyterLab's.
function render({ model }) {
  const tell = (text) => { model.set("asked", text); model.save_changes(); };
  if (!location.pathname.includes("/voila/")) return tell("");
  const asked = () => tell(location.hash.slice(1));
  const show = () => history.replaceState(null, "", `${location.pathname}${location.search}#${model.get("shown")}`);
  asked();
  if (!location.hash && model.get("shown")) show();
  model.on("change:shown", show);
  window.addEventListener("hashchange", asked);
  return () => { model.off("change:shown", show); window.removeEventListener("hashchange", asked); };
}

export default { render };
