// The sentences that scripts say, in the reader's language; base.html puts them into the page's head.
"use strict";
const seaport = {
  words: JSON.parse(document.querySelector('meta[name="words"]')?.content || "{}"),

  /** The sentence `key`, its {placeholders} filled. */
  say(key, values = {}) {
    return (this.words[key] || "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  },

  /** Run `handler` for events of elements matching `selector`, now and later. */
  on(event, selector, handler, options) {
    document.addEventListener(event, (e) => {
      const found = e.target instanceof Element ? e.target.closest(selector) : null;
      if (found) handler(e, found);
    }, options);
  },

  /** Prepare every element matching `selector`, on the page now or swapped in later; each once. */
  each(selector, prepare) {
    const seen = new WeakSet();
    const run = (root) => {
      const found = [...(root.matches?.(selector) ? [root] : []), ...(root.querySelectorAll?.(selector) ?? [])];
      for (const element of found) if (!seen.has(element)) { seen.add(element); prepare(element); }
    };
    run(document);
    document.addEventListener("htmx:after:process", (e) => run(e.target));
  },
};
window.seaport = seaport;
