// A board: cards are dragged (Sortable), moved by keyboard with Shift and an arrow, or by the menu on each card.
// The answer to a move holds what changed (the card, the tops of the columns); each part replaces the one of its id.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

  const take = (text) => {
    const parts = new DOMParser().parseFromString(text, "text/html");
    for (const part of parts.querySelectorAll("[id]")) {
      const here = document.getElementById(part.id);
      if (!here || part.parentElement.closest("[id]")) continue;
      const fresh = document.importNode(part, true);
      here.replaceWith(fresh);
      htmx.process(fresh);
    }
  };

  const refusal = (text) => new DOMParser().parseFromString(text, "text/html").querySelector("[data-toast] p")?.textContent;

  // A dialog with a form of its own: how the deal ended, or what it lacks before it goes on.
  const ask = async (name, url) => {
    const dialog = document.getElementById(`${name}-dialog`);
    if (!dialog?.showModal) { location.assign(url); return; }
    await htmx.ajax("GET", url, { target: `#${name}-body`, swap: "innerHTML" });
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("form :is(input, select, textarea):not([type=hidden])")?.focus();
  };

  // One after the other: each answer brings the version that the next move of the same card must name.
  let before = Promise.resolve();
  const send = (card, column, url) => {
    before = before.then(() => post(card.id, column, url));
    return before;
  };
  const now = (card) => document.getElementById(card.id); // an answer puts another element in its place

  const post = async (id, column, url) => {
    const card = document.getElementById(id);
    const body = new URLSearchParams({ column: column.dataset.column, version: card.dataset.version ?? "" });
    let text = "", fill = null;
    try {
      const answer = await fetch(url + location.search, {
        method: "POST", body, credentials: "same-origin",
        headers: { "X-CSRFToken": token(), "HX-Request": "true", Accept: "text/html" },
      });
      text = await answer.text();
      fill = answer.headers.get("X-Fill");
      if (!answer.ok) throw new Error(String(answer.status));
    } catch {
      if (fill) { ask("fill", fill); return false; }
      seaport.toast(refusal(text) || seaport.say("failed"), "wrong");
      return false;
    }
    const focused = card.contains(document.activeElement);
    take(text);
    const fresh = document.getElementById(card.id);
    if (focused) fresh?.querySelector("a")?.focus();
    document.body.dispatchEvent(new CustomEvent("board:moved", { detail: { card: card.id, column: column.dataset.column } }));
    return true;
  };

  const show = (card) => {
    card.querySelector("a")?.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // The newest step stands on top, so that is where a moved card goes.
  const move = async (card, column, home = card.parentElement, next = card.nextElementSibling) => {
    column.prepend(card);
    column.scrollTop = 0;
    show(card);
    if (!await send(card, column, card.dataset.move)) { home.insertBefore(now(card), next); now(card).querySelector("a")?.focus(); return; }
    const undo = () => moveBack(document.getElementById(card.id), home, next);
    seaport.toast(seaport.say("moved", { place: column.dataset.columnName }), "good", undo);
  };

  // Back to where it stood, as long as the card that stood behind it is still there.
  const moveBack = async (card, home, behind) => {
    if (!card) return;
    const [from, next] = [card.parentElement, card.nextElementSibling];
    const here = behind?.id ? document.getElementById(behind.id) : behind; // a card that was moved itself is another element
    home.insertBefore(card, here?.parentElement === home ? here : behind && home.firstChild);
    show(card);
    if (!await send(card, home, `${card.dataset.move}-back`)) { from.insertBefore(now(card), next); now(card).querySelector("a")?.focus(); return; }
    seaport.toast(seaport.say("moved_back", { place: home.dataset.columnName }));
  };

  const end = (card, result) => ask("close", `${card.dataset.end}?result=${result}`);

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const options = { group: "board", draggable: "[data-card][data-move]", filter: "[data-move-menu]", preventOnFilter: false, animation: still ? 0 : 120, ghostClass: "is-ghost", delay: 120, delayOnTouchOnly: true, sort: false };

  // Sortable leaves empty style attributes behind, which the page's policy would complain about when a card is copied.
  const tidy = () => document.querySelectorAll("[data-card][style]").forEach((card) => card.removeAttribute("style"));

  seaport.each("[data-column]", (column) => {
    if (!window.Sortable) return;
    let next = null;
    Sortable.create(column, {
      ...options,
      onStart: (e) => { next = e.item.nextElementSibling; document.body.classList.add("is-dragging"); },
      onEnd: (e) => {
        document.body.classList.remove("is-dragging");
        setTimeout(tidy, 2 * options.animation);
        if (e.from === e.to) return;
        if (e.to.dataset.ending) { e.from.insertBefore(e.item, next); end(e.item, e.to.dataset.ending); return; }
        move(e.item, e.to, e.from, next);
      },
    });
  });
  seaport.each("[data-ending]", (zone) => { if (window.Sortable) Sortable.create(zone, { ...options, draggable: "[data-none]" }); });

  // One menu serves all cards.
  let chosen = null;
  seaport.on("click", "[data-move-menu]", (e, button) => {
    const menu = document.getElementById("move-menu");
    chosen = button.closest("[data-card]");
    const here = chosen.parentElement.dataset.column;
    for (const item of menu.querySelectorAll("[data-to]")) item.hidden = item.dataset.to === here;
    menu.showPopover({ source: button });
  });
  seaport.on("click", "#move-menu button", (e, item) => {
    document.getElementById("move-menu").hidePopover();
    if (!chosen) return;
    if (item.dataset.toEnd) end(chosen, item.dataset.toEnd);
    else move(chosen, document.getElementById(item.dataset.to));
  });

  seaport.on("keydown", "[data-card][data-move]", (e, card) => {
    if (!e.shiftKey) return;
    const columns = [...document.querySelectorAll("[data-column]")];
    const to = columns.indexOf(card.parentElement) + ({ ArrowRight: 1, ArrowLeft: -1 }[e.key] ?? NaN);
    if (columns[to]) { e.preventDefault(); move(card, columns[to]); }
  });
  document.addEventListener("keydown", (e) => {
    if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.key !== "z" || e.target.matches?.("input, textarea")) return;
    const undo = document.querySelector("#toasts [data-undo]");
    if (undo && !document.querySelector("dialog:modal")) { e.preventDefault(); undo.click(); }
  });
})();
