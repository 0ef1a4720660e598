// <form data-passkey="create|get" data-options="…"> with a hidden field "credential": its [data-ask] button has the
// browser make or use a passkey, and sends what came of it.
(function () {
  "use strict";

  function ask(form) {
    var options = JSON.parse(form.getAttribute("data-options")).publicKey;
    if (form.getAttribute("data-passkey") === "create") {
      return navigator.credentials.create({ publicKey: window.PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: window.PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-ask]");
    var form = button && button.closest("form[data-passkey]");
    if (!form) { return; }
    var says = form.querySelector("[data-says]");
    if (!window.PublicKeyCredential || !window.PublicKeyCredential.parseRequestOptionsFromJSON) {
      says.textContent = "This browser is too old for passkeys.";
      return;
    }
    button.disabled = true;
    says.textContent = "";
    ask(form).then(function (credential) {
      form.querySelector("input[name=credential]").value = JSON.stringify(credential.toJSON());
      form.submit();
    }).catch(function () {
      button.disabled = false;
      says.textContent = "Nothing came of it. Try again, or use a code.";
    });
  });
})();
