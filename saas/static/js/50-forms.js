// Forms: sent once, not left by mistake, and errors lead to their field.
(() => {
  const rest = (button) => {
    button.removeAttribute("data-waiting");
    button.removeAttribute("aria-disabled");
  };
  const done = (form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[data-waiting]").forEach(rest);
  };

  document.addEventListener("submit", (e) => {
    const form = e.target;
    const button = e.submitter || form.querySelector('[type="submit"]');
    const isBusy = form.dataset.sending || button?.hasAttribute("data-waiting");
    if (isBusy) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    if (form.method === "dialog" || form.method === "get") return;
    button?.setAttribute("data-waiting", "");
    button?.setAttribute("aria-disabled", "true");
    if (button?.hasAttribute("data-file")) { setTimeout(() => rest(button), 1500); return; } // the page stays, and may give another
    form.dataset.sending = "true";
    setTimeout(() => done(form), 20000); // a lost answer must not lock the form for good
  }, true);
  document.addEventListener("htmx:finally:request", (e) => {
    const form = e.detail.ctx.sourceElement?.closest?.("form");
    if (form) done(form);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(done));

  const dirty = new Set();
  seaport.on("input", "form[data-warn]", (e, form) => dirty.add(form));
  document.addEventListener("submit", (e) => dirty.delete(e.target));
  addEventListener("beforeunload", (e) => {
    if ([...dirty].some((form) => form.isConnected)) e.preventDefault();
  });

  // The field that one is in, for hints about the others: what stands there may be but a beginning.
  const at = (name) => document.querySelectorAll("[data-at]").forEach((told) => { told.value = name; });
  document.addEventListener("focusin", (e) => at(e.target.name || ""));
  document.addEventListener("focusout", () => at(""));

  seaport.each("[data-summary]", (summary) => summary.focus());
  seaport.on("click", "[data-summary] a[href^='#']", (e, link) => {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    e.preventDefault();
    field.scrollIntoView({ block: "center" });
    (field.matches("fieldset") ? field.querySelector("input") : field)?.focus();
  });

  seaport.each("[data-drop]", (zone) => {
    const input = zone.querySelector('input[type="file"]');
    zone.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("is-over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (e) => {
      e.preventDefault();
      zone.classList.remove("is-over");
      input.files = e.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    if (zone.dataset.drop !== "send") return;
    zone.classList.add("sends-itself"); // what is chosen goes at once: a button to click after it would only mislead
    input.addEventListener("change", () => { // what the server would refuse for its size isn't sent at all
      const files = [...input.files];
      const large = files.find((file) => file.size > Number(zone.dataset.largest));
      const sum = files.reduce((all, file) => all + file.size, 0);
      const wrong = large ? zone.dataset.tooLarge.replace("{name}", large.name)
        : sum > Number(zone.dataset.atOnce) ? zone.dataset.tooMuch : "";
      if (wrong) { seaport.toast(wrong, "wrong"); input.value = ""; }
      else if (files.length) zone.requestSubmit();
    });
  });

  // A file field says in the reader's language what it asks for and what was chosen; it stays the browser's own.
  seaport.each('input[type="file"]', (input) => {
    const shell = document.createElement("div");
    shell.className = "pick-file";
    const button = Object.assign(document.createElement("span"), { className: "btn btn-sm btn-plain" });
    const names = Object.assign(document.createElement("span"), { className: "muted small" });
    button.textContent = seaport.say(input.multiple ? "choose_files" : "choose_file");
    button.ariaHidden = names.ariaHidden = "true";
    const show = () => {
      const chosen = [...input.files].map((file) => file.name);
      names.textContent = chosen.join(", ") || seaport.say("no_file");
      shell.classList.toggle("is-full", chosen.length > 0);
    };
    input.replaceWith(shell);
    shell.append(input, button, names);
    input.addEventListener("change", show);
    input.form?.addEventListener("reset", () => setTimeout(show));
    show();
  });

  // Searchable selects: what they need is fetched once one stands somewhere; where it doesn't come, the plain select stays.
  let chooser = null;
  const fetched = (element) => new Promise((come, fail) => {
    element.addEventListener("load", come);
    element.addEventListener("error", fail);
    document.head.append(element);
  });
  const fetchChooser = ({ choose, chooseLook }) => chooser ??= Promise.all([
    fetched(Object.assign(document.createElement("link"), { rel: "stylesheet", href: chooseLook })),
    fetched(Object.assign(document.createElement("script"), { src: choose })),
  ]);

  seaport.each("select[data-choose]", async (select) => {
    try { await fetchChooser(select.dataset); } catch { return; }
    select.ariaHidden = "true"; // its label goes to the box that takes its place
    new TomSelect(select, {
      maxOptions: 200,
      allowEmptyOption: true, // what was chosen can be taken away again, by mouse as well
      refreshThrottle: 0, // else Enter, typed at once, takes what stood first before, and the list opens over it again
      render: {
        no_results: () => `<div class="no-results">${seaport.say("nothing")}</div>`,
        option_create: (data, escape) => `<div class="create">${escape(seaport.say("add", { name: data.input }))}</div>`,
      },
    });
  });
})();
