// Colleagues behind an @: a list to choose from while one types, and a word where a name tells nobody.
(() => {
  const TYPED = /(?:^|[^\p{L}\p{N}_.])@([\p{L}\p{N}_]*(?: [\p{L}\p{N}_]+)?)$/u; // what stands before the caret
  const NAMED = /(?<![\p{L}\p{N}_.])@([\p{L}\p{N}_]{2,})/gu;
  const SHOWN = 8;
  const colleagues = new Map(); // address → the promise of its names
  const fold = (text) => text.toLocaleLowerCase();

  const load = (url) => {
    if (!colleagues.has(url)) {
      const asked = fetch(url, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : []));
      colleagues.set(url, asked.catch(() => { colleagues.delete(url); return []; }));
    }
    return colleagues.get(url);
  };

  const fits = (one, typed) => [one.name, one.reading, ...one.name.split(" ")].some((name) => fold(name).startsWith(typed));

  /** The names in a text that tell nobody: [those that nobody alone is called by, those of people who can't read it]. */
  const deaf = (text, people, caret) => {
    let rest = fold(text.slice(0, caret).replace(TYPED, (whole) => whole.replaceAll("@", " ")) + text.slice(caret));
    const found = new Set();
    for (const one of [...people].sort((a, b) => b.name.length - a.name.length)) {
      const mark = `@${fold(one.name)}`;
      if (rest.includes(mark)) { found.add(one); rest = rest.replaceAll(mark, " "); }
    }
    const lost = new Set();
    for (const [, word] of rest.matchAll(NAMED)) {
      const called = people.filter((one) => fold(one.name).startsWith(word));
      if (called.length === 1) found.add(called[0]); else lost.add(`@${word}`);
    }
    return [[...lost], [...found].filter((one) => !one.reads).map((one) => one.name)];
  };

  seaport.each("textarea[data-mentions]", (box) => {
    const list = document.createElement("ul");
    const odd = document.createElement("p");
    Object.assign(list, { id: `${box.id}-colleagues`, className: "mentions", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", seaport.say("colleagues"));
    odd.className = "field-odd";
    odd.setAttribute("aria-live", "polite");
    box.after(list, odd);
    for (const [name, value] of [["autocomplete", "list"], ["haspopup", "listbox"], ["controls", list.id]]) box.setAttribute(`aria-${name}`, value);

    let people = [];
    let later = null;
    const options = () => [...list.children];
    const at = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

    const mark = (place) => {
      const all = options();
      all.forEach((option, number) => option.setAttribute("aria-selected", number === place ? "true" : "false"));
      if (all[place]) { box.setAttribute("aria-activedescendant", all[place].id); all[place].scrollIntoView({ block: "nearest" }); }
      else box.removeAttribute("aria-activedescendant");
    };
    const close = () => { list.hidden = true; list.replaceChildren(); mark(-1); };
    const warn = () => {
      if (!people.length) return;
      const [lost, unread] = deaf(box.value, people, document.activeElement === box ? box.selectionStart : 0);
      const said = [lost.length && seaport.say("tells_nobody", { names: lost.join(", ") }), unread.length && seaport.say("reads_not", { names: unread.join(", ") })];
      odd.textContent = said.filter(Boolean).join(" ");
    };
    const choose = (option) => {
      const before = box.value.slice(0, box.selectionStart);
      const typed = TYPED.exec(before)?.[1] ?? "";
      box.setRangeText(`${option.dataset.name} `, before.length - typed.length, before.length, "end");
      close();
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const show = async () => {
      const typed = TYPED.exec(box.value.slice(0, box.selectionStart));
      if (!box.value.includes("@")) { close(); odd.textContent = ""; return; }
      people = await load(box.dataset.mentions);
      const wanted = typed && fold(typed[1]);
      const found = typed ? people.filter((one) => fits(one, wanted)).slice(0, SHOWN) : [];
      if (!found.length || (found.length === 1 && fold(found[0].name) === wanted)) { close(); return; }
      list.replaceChildren(...found.map((one, number) => {
        const option = document.createElement("li");
        Object.assign(option, { id: `${list.id}-${number}`, textContent: one.reads ? one.name : `${one.name} · ${seaport.say("reads_not_short")}` });
        option.dataset.name = one.name;
        option.setAttribute("role", "option");
        return option;
      }));
      list.hidden = false;
      mark(0);
    };

    box.addEventListener("input", () => { show(); clearTimeout(later); later = setTimeout(warn, 600); });
    box.addEventListener("blur", () => { setTimeout(close, 150); warn(); });
    box.addEventListener("keydown", (e) => {
      if (list.hidden || e.isComposing) return;
      const all = options();
      const moves = { ArrowDown: 1, ArrowUp: -1 };
      if (e.key in moves) mark((at() + moves[e.key] + all.length) % all.length);
      else if ((e.key === "Enter" || e.key === "Tab") && at() >= 0) choose(all[at()]);
      else if (e.key === "Escape") close();
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
    list.addEventListener("pointerdown", (e) => e.preventDefault()); // the box keeps the caret
    list.addEventListener("click", (e) => { const option = e.target.closest("[role=option]"); if (option) choose(option); });
  });
})();
