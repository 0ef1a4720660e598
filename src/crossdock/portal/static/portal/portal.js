// What pages need beyond htmx: theme, navigation on a phone, "/" for the search box, dialogs, choosing rows,
// copying, and sending a form once.
(function () {
  "use strict";
  var root = document.documentElement;

  function toggleTheme() {
    var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    try { localStorage.setItem("crossdock-theme", theme); } catch (error) { /* storage is switched off */ }
  }

  function setNavigation(open) {
    var menu = document.getElementById("menu");
    var button = document.querySelector("[data-toggle-menu]");
    if (!menu || !button) { return; }
    menu.classList.toggle("show", open);
    button.setAttribute("aria-expanded", String(open));
  }

  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-toggle-theme],[data-toggle-menu]");
    if (target && target.hasAttribute("data-toggle-theme")) { toggleTheme(); }
    if (target && target.hasAttribute("data-toggle-menu")) {
      setNavigation(target.getAttribute("aria-expanded") !== "true");
    }
  });

  // Where tabs do not fit side by side, the one that is open is in sight.
  document.querySelectorAll(".cd-tabs [aria-current=page]").forEach(function (tab) {
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 3;
  });

  // The box that finds anything: "/" or Ctrl-K jumps to it, arrows walk through what it found, Escape closes.
  function find() { return document.querySelector("[data-find]"); }
  function closeFound() {
    var place = document.querySelector("[data-found]");
    if (place) { place.textContent = ""; }
  }
  function walkFound(event) {
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-found] a"));
    var at = links.indexOf(document.activeElement);
    if (!links.length || (at < 0 && event.target !== find())) { return; }
    event.preventDefault();
    var to = event.key === "ArrowDown" ? at + 1 : at - 1;
    (to < 0 ? find() : links[Math.min(to, links.length - 1)]).focus();
  }
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    var plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    var jump = (event.key === "/" && plain && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    if (jump && find() && !document.querySelector("dialog[open]")) { event.preventDefault(); find().focus(); find().select(); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { walkFound(event); }
    if (event.key === "Escape") {
      if (event.target.closest("[data-found]") && find()) { find().focus(); }
      closeFound();
      setNavigation(false);
    }
  });
  document.addEventListener("click", function (event) { if (!event.target.closest(".cd-search")) { closeFound(); } });
  document.addEventListener("focusin", function (event) { if (!event.target.closest(".cd-search")) { closeFound(); } });

  // <button data-opens="ID"> opens <dialog id="ID">; a button with data-closes closes the dialog it stands in.
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-opens]");
    var closer = event.target.closest("[data-closes]");
    if (opener) {
      // An opener that is a link leads to a fresh page where its dialog is not on this one.
      var dialog = document.getElementById(opener.getAttribute("data-opens"));
      if (dialog) { event.preventDefault(); closeMenus(); dialog.showModal(); giveBack(dialog, opener.closest("details.cd-menu")); }
    } else if (closer) {
      closer.closest("dialog").close();
    } else if (event.target.tagName === "DIALOG" && pressedOn === event.target) {
      event.target.close();
    }
  });
  // A click beside a dialog closes it where it began there, too: text may be selected past its edge.
  var pressedOn = null;
  document.addEventListener("pointerdown", function (event) { pressedOn = event.target; });

  // Enter in a dialog that stands in a larger form presses the dialog's own button; left alone, a browser would press the
  // first button of the form, which may be another act's. On a row that is chosen it does nothing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") { return; }
    var dialog = event.target.closest("form dialog");
    if (!dialog && !event.target.matches("form[data-rows] [type=checkbox]")) { return; }
    event.preventDefault();
    var button = dialog && dialog.querySelector("button[type=submit]");
    if (button) { button.click(); }
  });

  // An opener in a menu is hidden with it: when the dialog closes, the focus goes to the menu instead.
  function giveBack(dialog, menu) {
    if (menu) { dialog.addEventListener("close", function () { menu.querySelector("summary").focus(); }, { once: true }); }
  }

  // An address that names a dialog opens it; reloading does not.
  document.addEventListener("DOMContentLoaded", function () {
    var dialog = /^#[\w-]+$/.test(location.hash) && document.querySelector("dialog" + location.hash);
    if (dialog) { history.replaceState(null, "", location.pathname + location.search); dialog.showModal(); }
  });

  // <details class="cd-menu"> closes like a menu: by Escape, and by a click anywhere else.
  function closeMenus(but) {
    document.querySelectorAll("details.cd-menu[open]").forEach(function (menu) { if (menu !== but) { menu.open = false; } });
  }
  document.addEventListener("click", function (event) { closeMenus(event.target.closest("details.cd-menu")); });
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" && document.querySelector("details.cd-menu[open]");
    if (menu && !document.querySelector("dialog[open]")) { closeMenus(); menu.querySelector("summary").focus(); }
  });

  // <button data-shows-next="PREFIX"> shows the next hidden one of the elements PREFIX1, PREFIX2, …
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-shows-next]");
    if (!button) { return; }
    var hidden = button.closest("form").querySelectorAll("[id^='" + button.getAttribute("data-shows-next") + "'][hidden]");
    if (hidden.length) { fillCopies(hidden[0]); hidden[0].hidden = false; hidden[0].querySelector("input").focus(); }
    if (hidden.length < 2) { button.hidden = true; }
  });

  // <div data-copy-of="A-1-" data-copy="A-2-"> gets the fields of units whose ids begin with A-1-, with A-2- and none.
  function fillCopies(part) {
    part.querySelectorAll("[data-copy-of]:empty").forEach(function (place) {
      var from = place.dataset.copyOf, to = place.dataset.copy;
      var first = place.closest("form").querySelector("[id^='" + from + "']");
      if (!first) { return; }
      Array.prototype.forEach.call(first.closest(".cd-units").children, function (child) {
        var copy = child.cloneNode(true);
        if (copy.htmlFor) { copy.htmlFor = copy.htmlFor.replace(from, to); }
        copy.querySelectorAll("input").forEach(function (field) {
          field.id = field.id.replace(from, to);
          field.name = field.name.replace("units-1-", "units-" + to.match(/(\d+)-$/)[1] + "-");
          field.value = "0";
        });
        place.appendChild(copy);
      });
    });
  }

  // <h2 data-says="Write off {quantity} at {location}?"> says what its form does once the fields that it names are filled.
  function sayWhat(form) {
    form.querySelectorAll("[data-says]").forEach(function (place) {
      if (place.dataset.usual === undefined) { place.dataset.usual = place.textContent; }
      var missing = false;
      var text = place.dataset.says.replace(/\{(\w+)\}/g, function (whole, name) {
        var field = form.elements[name];
        var option = field && field.tagName === "SELECT" && field.options[field.selectedIndex];
        var value = option ? option.dataset.name || option.text.trim() : field && field.value;
        missing = missing || !value;
        return value;
      });
      place.textContent = missing ? place.dataset.usual : text;
    });
  }
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form");
    if (form && form.querySelector("[data-says]")) { sayWhat(form); }
  });

  // <button data-copies="ID"> puts the text of that element on the clipboard, and says so.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copies]");
    var source = button && document.getElementById(button.getAttribute("data-copies"));
    if (!source || !navigator.clipboard) { return; }
    navigator.clipboard.writeText(source.value || source.textContent.trim()).then(function () {
      var label = button.querySelector("[data-label]") || button;
      var before = label.textContent;
      label.textContent = "Copied";
      window.setTimeout(function () { label.textContent = before; }, 2000);
    });
  });

  // <button data-saves="ID" data-saves-as="NAME"> saves the text of that element as a file; it stays on this machine.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-saves]");
    var source = button && document.getElementById(button.getAttribute("data-saves"));
    if (!source) { return; }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([source.textContent.trim() + "\n"], { type: "text/plain" }));
    link.download = button.getAttribute("data-saves-as");
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  });

  // A picture that its address does not give leaves an empty place, not a broken one.
  function hidePicture(picture) { if (picture.classList.contains("cd-thumb")) { picture.classList.add("gone"); } }
  document.addEventListener("error", function (event) { if (event.target.tagName === "IMG") { hidePicture(event.target); } }, true);
  document.querySelectorAll("img.cd-thumb").forEach(function (one) { if (one.complete && !one.naturalWidth && one.loading !== "lazy") { hidePicture(one); } });

  // Rows that are chosen for a bulk action: <form data-rows> with checkboxes named "row" and one [data-all].
  function countRows(form) {
    var boxes = Array.prototype.slice.call(form.querySelectorAll("input[name=row]"));
    var chosen = boxes.filter(function (box) { return box.checked; }).length;
    var all = form.querySelector("[data-all]");
    if (all) { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
    form.querySelectorAll("[data-chosen]").forEach(function (place) {
      var noun = chosen === 1 ? place.dataset.one : place.dataset.more;
      place.textContent = noun ? chosen + " " + noun : String(chosen);
    });
    form.querySelectorAll("[data-bulk]").forEach(function (bar) { bar.hidden = chosen === 0; });
  }
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-rows]");
    if (!form) { return; }
    if (event.target.hasAttribute("data-all")) {
      form.querySelectorAll("input[name=row]").forEach(function (box) { box.checked = event.target.checked; });
    }
    countRows(form);
  });
  window.addEventListener("pageshow", function () { document.querySelectorAll("form[data-rows]").forEach(countRows); });

  // A form is sent once: its buttons rest until the answer is here. Files and htmx keep theirs.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-again")) { return; }
    window.setTimeout(function () {
      form.querySelectorAll("button[type=submit]").forEach(function (button) { button.disabled = true; });
    }, 0);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) { return; }
    document.querySelectorAll("form button[type=submit]:disabled").forEach(function (button) { button.disabled = false; });
  });

  // A choice in a filter is asked for at once; without scripts its button does it.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-at-once]");
    if (form && event.target.tagName === "SELECT" && !form.hasAttribute("hx-get")) { form.requestSubmit(); }
  });

  // A page that can no longer bring itself up to date says so, and since when; it goes on asking.
  var fresh = new Date();
  document.addEventListener("htmx:afterRequest", function (event) {
    var note = document.querySelector("[data-stale]");
    if (!note || event.detail.requestConfig.verb !== "get") { return; }
    if (event.detail.successful) { fresh = new Date(); note.hidden = true; return; }
    if (!note.hidden) { return; }
    note.querySelector("[data-since]").textContent = fresh.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    note.hidden = false;
  });

  // A list that keeps itself up to date (data-live) waits while somebody works in it, or points at one of its rows.
  var pointed = 0;
  document.addEventListener("pointermove", function () { pointed = Date.now(); }, { passive: true });
  function busyIn(list) {
    return Boolean(document.querySelector("dialog[open]") || (list && (
      list.querySelector("details[open], input[name=row]:checked") ||
      (list.matches(":hover") && Date.now() - pointed < 5000) ||
      (list.contains(document.activeElement) && /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)))));
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    var live = event.target.closest("[data-live]");
    if (live && busyIn(live.closest(live.getAttribute("hx-target")))) { event.preventDefault(); }
  });
})();
