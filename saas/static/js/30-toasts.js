// Messages at the edge of the page. A plain good one leaves by itself; what can be undone, or went wrong, stays.
(() => {
  const STAY = 7000; // ms
  const box = () => document.getElementById("toasts");

  const leaveLater = (toast) => {
    if (!toast.matches(".toast-good, .toast-neutral") || toast.querySelector("form, a, [data-undo]")) return;
    let timer = setTimeout(() => toast.remove(), STAY);
    const hold = () => clearTimeout(timer);
    const go = () => { timer = setTimeout(() => toast.remove(), STAY / 2); };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("pointerleave", go);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("focusout", go);
  };

  seaport.each("[data-toast]", leaveLater);
  seaport.on("click", "[data-toast-close]", (e, button) => button.closest("[data-toast]").remove());

  const undoButton = (toast, undo) => {
    const button = document.createElement("button");
    button.className = "btn btn-sm btn-plain";
    button.type = "button";
    button.dataset.undo = "";
    button.textContent = seaport.say("undo");
    button.addEventListener("click", () => { toast.remove(); undo(); });
    return button;
  };

  /** Show `text`; kind is good, waiting, wrong or neutral. `undo` takes back what was done: one such offer at a time. */
  seaport.toast = (text, kind = "good", undo = null) => {
    const toast = document.createElement("div");
    toast.className = `toast-line toast-${kind}`;
    toast.dataset.toast = "";
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.className = "btn btn-sm btn-icon btn-ghost-secondary";
    close.type = "button";
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", seaport.say("close"));
    close.textContent = "×";
    toast.append(words, ...(undo ? [undoButton(toast, undo)] : []), close);
    if (undo) box().querySelectorAll("[data-undo]").forEach((other) => other.closest("[data-toast]").remove());
    [...box().children].filter((other) => other.textContent === toast.textContent).forEach((other) => other.remove());
    box().append(toast);
    leaveLater(toast);
  };
})();
