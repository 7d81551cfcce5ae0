// Says every few seconds that somebody looks: a page that nobody looks at stops asking for news.
function render({ model }) {
  const beat = () => { model.set("beat", Date.now()); model.save_changes(); };
  const seen = () => document.visibilityState === "visible" && beat();
  beat();
  const timer = setInterval(seen, 5000);
  document.addEventListener("visibilitychange", seen);
  return () => { clearInterval(timer); document.removeEventListener("visibilitychange", seen); };
}

export default { render };
