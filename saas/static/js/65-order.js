// Lines of a list are dragged to their place; by keyboard the arrows on each line do the same.
(() => {
  let held = null;
  const lines = (list) => [...list.querySelectorAll(":scope > [data-place]")];
  const clear = () => document.querySelectorAll(".word-over").forEach((line) => line.classList.remove("word-over"));

  seaport.each("[data-order]", (list) => lines(list).forEach((line) => { line.draggable = true; }));
  document.addEventListener("dragstart", (e) => {
    held = e.target.closest?.("[data-order] > [data-place]") ?? null;
    if (held) e.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (e) => {
    const over = e.target.closest?.("[data-order] > [data-place]");
    if (!held || !over || over.parentElement !== held.parentElement) return;
    e.preventDefault();
    clear();
    over.classList.add("word-over");
  });
  document.addEventListener("dragend", () => { held = null; clear(); });
  document.addEventListener("drop", (e) => {
    const over = e.target.closest?.("[data-order] > [data-place]");
    if (!held || !over || over === held || over.parentElement !== held.parentElement) return;
    e.preventDefault();
    const all = lines(held.parentElement);
    const [from, to] = [all.indexOf(held), all.indexOf(over)];
    const form = [...held.querySelectorAll("form")].find((one) => one.getAttribute("action") === held.dataset.place);
    if (!form) return;
    form.elements.to.value = String(to > from ? to - 1 : to);
    form.requestSubmit();
  });
})();
