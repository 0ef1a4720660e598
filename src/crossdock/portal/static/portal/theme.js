// Runs before the page is painted: takes the theme that was chosen, or the one the device prefers.
(function () {
  "use strict";
  var chosen = null;
  try { chosen = localStorage.getItem("crossdock-theme"); } catch (error) { /* storage is switched off */ }
  var dark = chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
