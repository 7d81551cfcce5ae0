// What stands after the # of the page's address: a link to a view, which may be kept, sent and reloaded.
// JupyterLab's address is JupyterLab's.
function render({ model }) {
  if (!location.pathname.includes("/voila/")) return;
  const tell = () => { model.set("asked", location.hash.slice(1)); model.save_changes(); };
  const show = () => history.replaceState(null, "", `${location.pathname}${location.search}#${model.get("shown")}`);
  if (location.hash) tell(); else if (model.get("shown")) show();
  model.on("change:shown", show);
  window.addEventListener("hashchange", tell);
  return () => { model.off("change:shown", show); window.removeEventListener("hashchange", tell); };
}

export default { render };
