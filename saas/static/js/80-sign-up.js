// Signing up: the address follows the company's name until it is typed by hand; the time zone starts as this machine's.
(() => {
  seaport.each("[data-slug-of]", (slug) => {
    const company = document.getElementById(slug.dataset.slugOf);
    let own = slug.value !== "";
    slug.addEventListener("input", () => { own = slug.value !== ""; });
    company.addEventListener("input", () => {
      if (own) return;
      slug.value = company.value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
    });
  });
  seaport.each("[data-own-zone]", (select) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((option) => option.value === zone)) select.value = zone;
  });
})();
