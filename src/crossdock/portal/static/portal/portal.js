// What pages need beyond htmx: the theme switch, the navigation on a phone, and "/" for the search box.
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

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      var search = document.querySelector("input[type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "Escape") { setNavigation(false); }
  });

  // A choice in a filter is asked for at once; without scripts its button does it.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-at-once]");
    if (form && event.target.tagName === "SELECT" && !form.hasAttribute("hx-get")) { form.requestSubmit(); }
  });
})();
