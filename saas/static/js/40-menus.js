// Menus are popovers: the browser opens and closes them, also without this file. Here they are put beside their button
// and walked by arrow keys. Dialogs become modal.
(() => {
  const GAP = 4; // px between a button and its menu

  const opener = (menu) => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);

  const place = (menu) => {
    const button = opener(menu);
    if (!button) return;
    const from = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const fitsBelow = from.bottom + GAP + size.height <= innerHeight;
    const top = fitsBelow ? from.bottom + GAP : Math.max(GAP, from.top - GAP - size.height);
    const startsLeft = from.left + size.width <= innerWidth - GAP;
    const left = startsLeft ? from.left : Math.max(GAP, from.right - size.width);
    menu.style.setProperty("top", `${top}px`);
    menu.style.setProperty("left", `${left}px`);
  };

  const items = (menu) => [...menu.querySelectorAll("a[href], button:not([disabled])")];

  document.addEventListener("toggle", (e) => {
    const menu = e.target;
    if (!(menu instanceof Element) || !menu.matches(".menu[popover]")) return;
    opener(menu)?.setAttribute("aria-expanded", String(e.newState === "open"));
    if (e.newState === "open") { place(menu); items(menu)[0]?.focus({ preventScroll: true }); }
  }, true);

  const closeAll = () => document.querySelectorAll(".menu:popover-open").forEach((menu) => menu.hidePopover());
  addEventListener("resize", closeAll);
  document.addEventListener("scroll", (e) => { if (!e.target.closest?.(".menu")) closeAll(); }, { capture: true, passive: true });

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
