// A button that fetches a file from the kernel: nothing is written on the server.
function render({ model, el }) {
  const button = element("button", "jupyter-button", el, model.get("label"));
  button.onclick = () => { button.disabled = true; model.send({ kind: "wanted" }); };
  const take = (message, buffers) => {
    button.disabled = false;
    if (message.kind !== "file") return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: message.type }));
    link.download = message.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  model.on("msg:custom", take);
  return () => model.off("msg:custom", take);
}

export default { render };
