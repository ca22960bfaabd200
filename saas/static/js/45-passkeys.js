// Passkeys: the browser is asked for one, and its answer goes with the form like anything typed. Where it knows none,
// the ways in that stand beside stay the only ones.
(() => {
  const knows = window.PublicKeyCredential?.parseRequestOptionsFromJSON && PublicKeyCredential.parseCreationOptionsFromJSON;

  const asked = async (form) => {
    const body = new FormData(form);
    body.delete("_once");
    const answer = await fetch(form.dataset.passkey, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  };

  const made = async (form) => {
    const question = await asked(form);
    return form.dataset.makes === "yes"
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question) });
  };

  seaport.each("form[data-passkey]", (form) => { if (knows) form.hidden = false; });
  seaport.each("[data-no-passkeys]", (words) => { if (!knows) words.hidden = false; });

  document.addEventListener("submit", async (e) => {
    const form = e.target;
    const field = form.matches("form[data-passkey]") && form.querySelector('input[name="credential"]');
    if (!field || field.value) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (!form.reportValidity() || form.dataset.asking) return;
    form.dataset.asking = "true";
    try {
      field.value = JSON.stringify((await made(form)).toJSON());
    } catch (error) {
      seaport.toast(seaport.say(error.name === "InvalidStateError" ? "passkey_known" : "passkey_failed"), "waiting");
      return;
    } finally {
      delete form.dataset.asking;
    }
    form.requestSubmit();
  }, true);

  addEventListener("pageshow", () => { // one answer is good once
    document.querySelectorAll('form[data-passkey] input[name="credential"]').forEach((field) => { field.value = ""; });
  });
})();
