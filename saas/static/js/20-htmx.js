// htmx as Seaport wants it: no code from attributes, the CSRF token on every request, refusals told in words.
// Which answers are swapped stands in base.html: 409 and 422 are (a form comes back as its own fragment), the rest not.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content;
  const refuse = () => { throw new Error("Code in htmx attributes is switched off."); };

  htmx.registerExtension("seaport", {
    init: (api) => api.initSecurity(null, refuse, refuse),
    htmx_config_request: (element, detail) => {
      const { request } = detail.ctx;
      if (!["GET", "HEAD"].includes(request.method) && token()) request.headers["X-CSRFToken"] = token();
    },
    // No answer brings code along: scripts in a fragment would run as ours.
    htmx_before_swap: (element, detail) => {
      for (const task of detail.tasks) {
        task.fragment?.querySelectorAll?.('script:not([type="application/json"])').forEach((script) => script.remove());
      }
    },
  });

  const panelOf = (element) => element?.closest?.("[data-panel]");

  const failPanel = (panel) => {
    const words = panel.querySelector("template[data-failed]") || panel.failed;
    panel.removeAttribute("aria-busy");
    if (!words) return false;
    panel.failed = words;
    panel.replaceChildren(words.content.cloneNode(true));
    return true;
  };

  // A panel keeps its words for failing, as the first answer replaces all it holds.
  seaport.each("[data-panel]", (panel) => { panel.failed = panel.querySelector("template[data-failed]"); });
  seaport.on("click", "[data-again]", (e, button) => {
    const panel = document.getElementById(button.dataset.again);
    panel.setAttribute("aria-busy", "true");
    htmx.trigger(panel, "again");
  });

  document.addEventListener("htmx:after:swap", (e) => panelOf(e.target)?.removeAttribute("aria-busy"));

  document.addEventListener("htmx:response:error", (e) => {
    const { ctx } = e.detail;
    const status = ctx.response.status;
    if (ctx.sourceElement.matches("[data-panel]") && failPanel(ctx.sourceElement)) return;
    if (ctx.text?.includes("#toasts")) return; // the answer brings its own sentence
    if ((status === 409 || status === 422) && ctx.swap !== "none") return; // swapped: the form says it
    if (ctx.sourceElement.matches(".place-count, .job, [data-quiet]")) return;
    seaport.toast(seaport.say(status === 401 ? "signed_out" : status === 413 ? "too_large" : "failed"), "wrong");
  });

  document.addEventListener("htmx:error", (e) => {
    const { ctx } = e.detail;
    if (!ctx) return;
    if (ctx.sourceElement.matches("[data-panel]") && failPanel(ctx.sourceElement)) return;
    if (ctx.sourceElement.matches(".place-count, .job, [data-quiet]")) return;
    seaport.toast(seaport.say("offline"), "wrong");
  });

  // A refusal as a whole page must not land inside a part, and that of a panel is said by the panel.
  document.addEventListener("htmx:after:request", (e) => {
    const { ctx } = e.detail;
    if (ctx.response.status < 400) return;
    if (/^\s*<!doctype/i.test(ctx.text)) ctx.swap = "none";
    if (ctx.sourceElement.matches("[data-panel], .place-count")) { ctx.swap = "none"; ctx.text = ""; }
  });

  // After a wrong form came back, the reader stands at its summary.
  document.addEventListener("htmx:after:settle", (e) => {
    const root = e.target instanceof Element ? e.target : document;
    root.querySelector?.("[data-summary]")?.focus();
  });

  // Tabs loaded in place show where one is.
  seaport.on("click", "[data-tab]", (e, tab) => {
    for (const other of tab.closest(".tabs").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "page");
  });
})();
