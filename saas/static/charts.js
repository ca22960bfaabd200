// Draws <figure data-chart data-spec="address of a Vega-Lite spec">; the table beside it says the same in words.
// The expression interpreter stands in for eval, which the page's policy forbids; styles come from our own sheet.
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const look = () => ({
    aria: false, // the table beside it says the same, in the reader's language
    background: "transparent",
    font: getComputedStyle(document.body).fontFamily,
    axis: { labelColor: token("--sea-muted"), titleColor: token("--sea-muted"), gridColor: token("--sea-line"),
      domainColor: token("--sea-line"), tickColor: token("--sea-line"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500 },
    legend: { labelColor: token("--sea-muted"), titleColor: token("--sea-muted"), labelFontSize: 12 },
    view: { stroke: null },
    mark: { color: token("--sea-primary") },
    text: { color: token("--sea-text"), fontSize: 12 },
  });

  const draw = async (figure) => {
    const box = figure.querySelector("[data-drawing]") || figure.appendChild(document.createElement("div"));
    try {
      const spec = figure.dataset.inline ? JSON.parse(figure.dataset.inline) : await (await fetch(figure.dataset.spec)).json();
      const { view } = await vegaEmbed(box, spec, {
        ast: true, expr: vegaInterpreter, actions: false, renderer: "svg", defaultStyle: false,
        tooltip: { disableDefaultStyle: true, theme: "seaport" }, config: look(),
      });
      view.addEventListener("click", (e, item) => { if (item?.datum?.href) location.assign(item.datum.href); });
    } catch (error) {
      box.replaceChildren(seaport.say("failed"));
      throw error;
    }
  };

  seaport.each("[data-chart]", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.querySelectorAll("[data-chart]").forEach(draw));
})();
