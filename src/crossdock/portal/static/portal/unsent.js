// What was typed outlives a session that ended: a form that was sent, but met the login instead, is filled in again
// when its page is back, for the same person in the same organization. It is kept by this tab alone, and never what is
// hidden, a file or secret: passwords, codes of an app, and what is marked <textarea data-secret>.
(function () {
  "use strict";
  var NAME = "crossdock-unsent";
  var LONGEST = 3600000;
  var inside = document.querySelector(".page-wrapper");
  var who = inside ? inside.dataset.person : "", member = inside ? inside.dataset.member : "";

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(NAME)); } catch (error) { return null; }
  }
  function keep(form) {
    try {
      if (form) { sessionStorage.setItem(NAME, JSON.stringify(form)); } else { sessionStorage.removeItem(NAME); }
    } catch (error) { /* storage is switched off, or full */ }
  }

  // How a field stands, and how it stood when the page came.
  function ticks(field) { return field.type === "checkbox" || field.type === "radio"; }
  function chosen(field, usual) {
    var options = Array.prototype.slice.call(field.options);
    return options.filter(function (one) { return usual ? one.defaultSelected : one.selected; }).map(function (one) { return one.value; });
  }
  function stands(field) {
    if (ticks(field)) { return field.checked; }
    return field.tagName === "SELECT" ? chosen(field, false).join("\n") : field.value;
  }
  function stood(field) {
    if (ticks(field)) { return field.defaultChecked; }
    if (field.tagName !== "SELECT") { return field.defaultValue; }
    var first = field.options.length && !field.multiple ? field.options[0].value : "";
    return chosen(field, true).join("\n") || first;
  }

  function secret(field) {
    return field.type === "password" || "secret" in field.dataset || /password|one-time-code/.test(field.autocomplete);
  }

  // The fields that hold something to keep, each with a name of its own within the form.
  function fieldsOf(form) {
    var seen = {};
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && !/^(hidden|file|submit|button|reset|image)$/.test(field.type) && field.tagName !== "FIELDSET" && !secret(field);
    }).map(function (field) {
      seen[field.name] = (seen[field.name] || 0) + 1;
      return { field: field, key: field.name + " " + (ticks(field) ? field.value : seen[field.name]) };
    });
  }
  function labelOf(field) {
    var label = field.labels && field.labels[0];
    return label ? label.textContent.trim().replace(/\s+/g, " ") : field.getAttribute("aria-label") || "";
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!inside || (form.getAttribute("method") || "").toLowerCase() !== "post") { return; }
    var changed = fieldsOf(form).filter(function (one) { return stands(one.field) !== stood(one.field); });
    var dialog = form.closest("dialog");
    keep(!changed.length ? null : {
      page: location.pathname + location.search, who: who, member: member, at: Date.now(), lost: false,
      action: form.getAttribute("action"), dialog: dialog ? dialog.id : "",
      fields: changed.map(function (one) {
        return { key: one.key, now: stands(one.field), was: stood(one.field), label: labelOf(one.field), ticks: ticks(one.field) };
      })
    });
  }, true);

  function put(field, value) {
    if (ticks(field)) { field.checked = value; }
    else if (field.tagName === "SELECT") {
      Array.prototype.forEach.call(field.options, function (one) { one.selected = value.split("\n").indexOf(one.value) >= 0; });
    } else { field.value = value; }
    for (var shut = field.closest("[hidden]"); shut; shut = field.closest("[hidden]")) { shut.hidden = false; }
    var more = field.closest("details");
    if (more) { more.open = true; }
    ["input", "change"].forEach(function (name) { field.dispatchEvent(new Event(name, { bubbles: true })); });
  }

  function giveBack(draft) {
    var form = Array.prototype.find.call(document.forms, function (one) {
      var dialog = one.closest("dialog");
      return one.getAttribute("action") === draft.action && (dialog ? dialog.id : "") === draft.dialog &&
        fieldsOf(one).some(function (mine) { return mine.key === draft.fields[0].key; });
    });
    var mine = form ? fieldsOf(form) : [];
    // What somebody else changed meanwhile stays as they left it.
    var left = draft.fields.filter(function (old) {
      var place = mine.find(function (one) { return one.key === old.key; });
      if (!place || stood(place.field) !== old.was) { return true; }
      put(place.field, old.now);
      return false;
    });
    var note = document.createElement("div");
    note.className = "alert alert-info";
    note.setAttribute("role", "status");
    var words = left.filter(function (one) { return !one.ticks && one.now; }).map(function (one) {
      return (one.label ? one.label + ": " : "") + one.now;
    });
    var some = left.length < draft.fields.length;
    note.textContent = (some ? "What you had typed is here again. It has not been sent yet." : "What you sent has not been done.") +
      (words.length ? (some ? " You had also typed: " : " You had typed: ") + words.join("; ") : "");
    var dialog = form && form.closest("dialog");
    var place = form ? form.querySelector(".cd-dialog-body") || form : document.querySelector(".page-body .container-xl");
    place.insertBefore(note, place.firstChild);
    if (dialog && !dialog.open) { dialog.showModal(); }
    note.scrollIntoView({ block: "nearest" });
  }

  var draft = kept();
  if (!draft) { return; }
  if (Date.now() - draft.at > LONGEST) { keep(null); return; }
  if (!inside) {
    if (document.querySelector("[data-lost]")) { draft.lost = true; keep(draft); }
    var back = document.querySelector("[data-page-before]");
    if (back) { back.href = draft.page; back.hidden = false; }
  } else if (!draft.lost || draft.who !== who) {
    keep(null);
  } else if (draft.member === member && draft.page === location.pathname + location.search) {
    keep(null);
    giveBack(draft);
  }
})();
