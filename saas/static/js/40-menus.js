// Menus are popovers: the browser opens, places and closes them, also without this file. Here they are walked by arrow
// keys. Dialogs become modal.
(() => {
  // The topics of settings may be longer than the screen: the one that is open is seen among them.
  seaport.each(".topics [aria-current]", (topic) => {
    const list = topic.closest(".topics");
    const below = topic.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom;
    if (below > 0) list.scrollTop = below + list.clientHeight / 2;
  });

  const items = (menu) => [...menu.querySelectorAll("a[href], button:not([disabled])")];

  document.addEventListener("toggle", (e) => {
    if (e.newState !== "open" || !e.target.matches?.(".menu[popover]")) return;
    items(e.target)[0]?.focus({ preventScroll: true });
  }, true);

  seaport.on("keydown", ".menu", (e, menu) => {
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  });

  seaport.on("click", "[data-dialog]", (e, button) => {
    const dialog = document.getElementById(button.dataset.dialog);
    if (!dialog?.showModal) return;
    e.preventDefault();
    if (!dialog.open) dialog.showModal();
  });
  seaport.on("click", "[data-close]", (e, button) => {
    const dialog = button.closest("dialog");
    if (dialog?.open && dialog.matches(":modal")) { e.preventDefault(); dialog.close(); }
  });
  // A click beside a dialog closes it.
  document.addEventListener("click", (e) => {
    if (e.target instanceof HTMLDialogElement && e.target.matches(":modal")) {
      const box = e.target.getBoundingClientRect();
      const inside = e.clientX >= box.left && e.clientX <= box.right && e.clientY >= box.top && e.clientY <= box.bottom;
      if (!inside) e.target.close();
    }
  });

  // The name is typed before a thing is gone for good.
  seaport.each("[data-typed]", (input) => {
    const button = input.form.querySelector('[type="submit"]');
    const check = () => { button.disabled = input.value.trim() !== input.dataset.typed; };
    input.addEventListener("input", check);
    check();
  });
})();
