// A board: cards are dragged (Sortable), or moved by keyboard with Shift and an arrow. Loaded by pages that hold one.
(() => {
  const send = async (card, column) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    const below = card.nextElementSibling?.id || "";
    const body = new URLSearchParams({ column: column.dataset.column, before: below });
    try {
      const answer = await fetch(card.dataset.move, {
        method: "POST", body, credentials: "same-origin",
        headers: { "X-CSRFToken": token || "", "HX-Request": "true", Accept: "text/html" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      seaport.toast(seaport.say("moved", { place: column.dataset.columnName }));
      document.body.dispatchEvent(new CustomEvent("board:moved", { detail: { card: card.id, column: column.dataset.column } }));
      return true;
    } catch {
      seaport.toast(seaport.say("failed"), "wrong");
      return false;
    }
  };

  const move = async (card, column) => {
    const [home, next] = [card.parentElement, card.nextElementSibling];
    column.prepend(card);
    const link = card.querySelector("a");
    link?.focus();
    if (!await send(card, column)) { home.insertBefore(card, next); link?.focus(); }
  };

  seaport.each("[data-column]", (column) => {
    if (!window.Sortable) return;
    Sortable.create(column, {
      group: "board", draggable: "[data-card]", animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      ghostClass: "is-ghost", delay: 120, delayOnTouchOnly: true,
      onEnd: async (e) => {
        if (e.from === e.to && e.oldIndex === e.newIndex) return;
        if (!await send(e.item, e.to)) e.from.insertBefore(e.item, e.from.children[e.oldIndex] || null);
      },
    });
  });

  seaport.on("keydown", "[data-card]", (e, card) => {
    if (!e.shiftKey || !card.dataset.move) return;
    const columns = [...document.querySelectorAll("[data-column]")];
    const to = columns.indexOf(card.parentElement) + ({ ArrowRight: 1, ArrowLeft: -1 }[e.key] ?? NaN);
    if (columns[to]) { e.preventDefault(); move(card, columns[to]); }
  });
})();
