// Keyboard: "/" searches, "?" tells all keys, "g c" goes to customers. An element names its key in data-key and what
// it does in data-key-label. Single keys can be switched off in the profile (body[data-shortcuts="off"]).
(() => {
  const WAIT = 1200; // ms in which the second key of a pair may follow
  let first = "";
  let timer = 0;

  const isTyping = (element) => element?.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const elements = () => [...document.querySelectorAll("[data-key]")];

  const use = (element) => {
    if (element.matches("input, textarea, select")) { element.focus(); element.select?.(); return; }
    element.click();
  };

  const tellKeys = () => {
    const dialog = document.getElementById("help");
    if (!dialog) return;
    const list = dialog.querySelector("[data-keys]");
    const seen = new Set();
    list.replaceChildren();
    for (const element of elements()) {
      const { key, keyLabel } = element.dataset;
      if (seen.has(key) || !keyLabel) continue;
      seen.add(key);
      const line = document.createElement("div");
      const keys = document.createElement("dt");
      for (const part of key.split(" ")) { const cap = document.createElement("kbd"); cap.textContent = part; keys.append(cap); }
      const words = document.createElement("dd");
      words.textContent = keyLabel;
      line.append(keys, words);
      list.append(line);
    }
    document.querySelectorAll(".menu:popover-open").forEach((menu) => menu.hidePopover());
    if (!dialog.open) dialog.showModal();
  };

  seaport.on("click", "[data-help]", tellKeys);

  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && document.activeElement?.matches(".search-box")) {
      document.getElementById("found")?.replaceChildren();
      document.activeElement.blur();
      return;
    }
    if (e.ctrlKey && e.key === "Enter" && document.activeElement?.form) { document.activeElement.form.requestSubmit(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target)) return;
    if (document.body.dataset.shortcuts === "off" || document.querySelector("dialog:modal")) return;
    if (e.key === "?") { e.preventDefault(); tellKeys(); return; }
    if (!first && (e.key === "j" || e.key === "k")) { seaport.walk(e.key === "j" ? 1 : -1); return; }
    const pressed = first ? `${first} ${e.key}` : e.key;
    const found = elements().find((element) => element.dataset.key === pressed);
    clearTimeout(timer);
    first = "";
    if (found) { e.preventDefault(); use(found); return; }
    if (elements().some((element) => element.dataset.key.startsWith(`${pressed} `))) {
      first = pressed;
      timer = setTimeout(() => { first = ""; }, WAIT);
    }
  });

  // Results while typing: down goes into them, up and down walk them, leaving closes them.
  seaport.on("keydown", ".search", (e, search) => {
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    const stops = [search.querySelector(".search-box"), ...search.querySelectorAll("[data-found] a[href]")];
    const at = stops.indexOf(document.activeElement);
    const to = at + (e.key === "ArrowDown" ? 1 : -1);
    if (at < 0 || !stops[to]) return;
    e.preventDefault();
    stops[to].focus();
  });
  document.addEventListener("click", (e) => {
    if (!e.target.closest?.(".search")) document.getElementById("found")?.replaceChildren();
  });

  // The side bar as a drawer on phones: the address #side opens it; Escape and any place close it.
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && location.hash === "#side") location.hash = "#main"; });
})();
