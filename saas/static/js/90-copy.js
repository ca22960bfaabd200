// A button that copies what a field holds; where the browser doesn't let it, the text is marked for the reader to copy.
(() => {
  seaport.on("click", "[data-copy]", async (e, button) => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      seaport.toast(seaport.say("copied"));
    } catch {
      field.focus();
      field.select();
    }
  });
})();
