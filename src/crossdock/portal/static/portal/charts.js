// Charts. <div class="cd-chart" data-chart="ADDRESS"> is filled with the chart of the JSON found there:
//   {"kind": "line" | "steps" | "bars", "labels": [...], "series": [{"label": "Orders", "values": [...]}],
//    "summary": "one sentence that says what can be seen", "empty": "what to say when there is nothing",
//    "timezone": "Europe/Berlin"}
// Labels are either times (seconds since 1970, ascending) or words; a value of null is a gap. Up to six series take
// the colours --cd-chart-1 to --cd-chart-6. The same data stands below as a table that opens, so nobody has to see
// the picture. data-height is its height in pixels (180), data-refresh asks again every so many seconds. The page
// loads _charts.html for it. Nothing moves by itself, so nothing has to be stilled for those who want less motion.
(function () {
  "use strict";
  var HOUR = 3600;
  var language = navigator.language || undefined;
  var charts = new Map();

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function isTime(data) { return data.labels.length > 0 && data.labels.every(function (one) { return typeof one === "number"; }); }

  function numbers(value) { return value === null || value === undefined ? "–" : value.toLocaleString(language); }

  // How times are written: the hour for what lies within two days, else the day; or both.
  function clock(data, span, both) {
    var day = { day: "numeric", month: "short" };
    var hour = { hour: "2-digit", minute: "2-digit" };
    if (span < 300) { hour.second = "2-digit"; }
    var options = Object.assign({}, both ? day : {}, both ? hour : {}, span < 48 * HOUR ? hour : day);
    return zoned(options, data, language);
  }

  function zoned(options, data, tongue) {
    try { return new Intl.DateTimeFormat(tongue, Object.assign({ timeZone: data.timezone || undefined }, options)); } catch (error) {
      return new Intl.DateTimeFormat(tongue, options);
    }
  }

  // What stands at the axis for a time. Where hours are shown, midnight in the organization's zone is a new day: it is
  // written as one, and not as the hour that a 12-hour clock has twice.
  function tickWord(data, span) {
    var hours = clock(data, span);
    if (span >= 48 * HOUR) { return function (seconds) { return hours.format(new Date(seconds * 1000)); }; }
    var days = clock(data, 72 * HOUR);
    var plain = zoned({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", numberingSystem: "latn" }, data, "en");
    return function (seconds) {
      var date = new Date(seconds * 1000);
      return (plain.format(date) === "00:00:00" ? days : hours).format(date);
    };
  }

  // How wide the widest of some texts is, in pixels: labels stand as far apart as they need, whatever the clock.
  var measure = document.createElement("canvas").getContext("2d");
  function widest(texts, font) {
    measure.font = font;
    return texts.reduce(function (most, text) { return Math.max(most, measure.measureText(text).width); }, 0);
  }

  function wordOf(data) {
    if (!isTime(data)) { return function (index) { return String(data.labels[index]); }; }
    var span = data.labels[data.labels.length - 1] - data.labels[0];
    var format = clock(data, span, data.kind !== "bars");
    return function (index) { return format.format(new Date(data.labels[index] * 1000)); };
  }

  function table(data, caption) {
    var word = wordOf(data);
    var details = make("details", "cd-chart-data");
    details.appendChild(make("summary", "", "Show as a table"));
    var region = make("div", "table-responsive");
    region.tabIndex = 0;
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", caption);
    var rows = make("table", "table table-sm");
    rows.appendChild(make("caption", "visually-hidden", caption));
    var head = rows.createTHead().insertRow();
    [isTime(data) ? "When" : ""].concat(data.series.map(function (one) { return one.label; })).forEach(function (label, index) {
      var cell = make("th", index ? "num" : "", label);
      cell.scope = "col";
      head.appendChild(cell);
    });
    var body = rows.createTBody();
    for (var index = data.labels.length - 1; index >= 0; index -= 1) {
      var row = body.insertRow();
      var name = make("th", "fw-normal", word(index));
      name.scope = "row";
      row.appendChild(name);
      data.series.forEach(function (one) { row.appendChild(make("td", "num", numbers(one.values[index]))); });
    }
    region.appendChild(rows);
    details.appendChild(region);
    return details;
  }

  function paint(element, name) {
    return window.getComputedStyle(element).getPropertyValue(name).trim();
  }

  function drawn(element, data, place) {
    var colour = function (index) { return paint(element, "--cd-chart-" + (index % 6 + 1)); };
    var line = paint(element, "--cd-chart-line");
    var ink = paint(element, "--cd-secondary");
    var font = "12px " + window.getComputedStyle(element).fontFamily;
    var timely = isTime(data);
    var word = wordOf(data);
    var bars = data.kind === "bars";
    var xs = timely ? data.labels : data.labels.map(function (_, index) { return index; });
    var paths = bars ? uPlot.paths.bars({ size: [0.7, 48], radius: 0.15 }) : data.kind === "steps" ? uPlot.paths.stepped({ align: 1 }) : undefined;
    var axis = { stroke: ink, font: font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    var across = Object.assign({}, axis, { grid: { show: false }, size: 30 });
    var span = function (from, to) { return bars ? 72 * HOUR : to - from; };
    var room = function (from, to) {
      if (!timely) { return widest(data.labels.map(String), font) + 16; }
      var tick = tickWord(data, span(from, to));
      var some = [];
      for (var part = 0; part <= 12; part += 1) { some.push(tick(from + (to - from) * part / 12)); }
      return widest(some, font) + 16;
    };
    if (!timely) {
      across.splits = function (plot) {
        var each = Math.max(1, Math.ceil(room() * xs.length / Math.max(plot.bbox.width / window.devicePixelRatio, 1)));
        return xs.filter(function (_, index) { return index % each === 0; });
      };
      across.values = function (_, splits) { return splits.map(function (one) { return data.labels[one]; }); };
    } else {
      across.incrs = [1, 5, 15, 60, 300, 900, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR, 336 * HOUR, 720 * HOUR, 2160 * HOUR, 8760 * HOUR];
      across.space = function (_, __, from, to) { return room(from, to); };
      across.values = function (plot, splits) { return splits.map(tickWord(data, span(plot.scales.x.min, plot.scales.x.max))); };
    }
    return new uPlot({
      width: Math.max(element.clientWidth, 120),
      height: Number(element.dataset.height) || 180,
      // Half of the last label stands beyond the last point.
      padding: [8, function (plot) {
        var x = plot.scales.x;
        return typeof x.min === "number" ? Math.ceil(Math.max(8, room(x.min, x.max) / 2 - 8)) : 8;
      }, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: !bars } },
      legend: { live: true },
      tzDate: function (seconds) {
        var date = new Date(seconds * 1000);
        return data.timezone ? uPlot.tzDate(date, data.timezone) : date;
      },
      scales: {
        x: { time: timely, range: bars ? function (_, least, most) {
          var step = xs.length > 1 ? (xs[xs.length - 1] - xs[0]) / (xs.length - 1) : timely ? 24 * HOUR : 1;
          return [least - step / 2, most + step / 2];
        } : function (_, least, most) {
          if (xs.length > 1) { return [least, most]; }
          var around = timely ? 12 * HOUR : 1; // one point stands in the middle of a day; uPlot would draw years
          return [xs[0] - around, xs[0] + around];
        } },
        y: { range: function (_, least, most) {
          return [Math.min(0, least || 0), Math.max(most || 0, 1) * 1.08];
        } }
      },
      axes: [across, Object.assign({}, axis, {
        size: function (_, values) { return Math.ceil(Math.max(30, widest(values || [], font) + 14)); },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8, 1e9],
        values: function (_, splits) { return splits.map(numbers); }
      })],
      series: [{ label: timely ? "When" : " ", value: function (_, value, __, index) { return index === null || index === undefined ? "" : word(index); } }].concat(
        data.series.map(function (one, index) {
          return {
            label: one.label, stroke: colour(index), width: bars ? 0 : 2, fill: bars ? colour(index) : undefined,
            paths: paths, points: { show: !bars && xs.length < 40, size: 6, fill: colour(index) },
            value: function (_, value, __, index) { return index === null || index === undefined ? "" : numbers(value); }
          };
        })
      )
    }, [xs].concat(data.series.map(function (one) { return one.values; })), place);
  }

  function show(element) {
    var chart = charts.get(element);
    var data = chart.data;
    if (chart.plot) { chart.plot.destroy(); chart.plot = null; }
    chart.place.replaceChildren();
    if (!data.labels.length || !data.series.length) {
      chart.place.removeAttribute("role");
      chart.place.appendChild(make("p", "text-secondary m-0", data.empty || "Nothing to show yet."));
      return;
    }
    chart.place.setAttribute("role", "img");
    chart.place.setAttribute("aria-label", data.summary || element.getAttribute("aria-label") || "Chart");
    chart.plot = drawn(element, data, chart.place);
  }

  function load(element) {
    window.fetch(element.dataset.chart, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (data) {
      var chart = charts.get(element);
      var text = JSON.stringify(data);
      if (!chart || chart.text === text) { return; }
      chart.text = text;
      chart.data = data;
      var open = chart.table && chart.table.open;
      if (chart.table) { chart.table.remove(); chart.table = null; }
      show(element);
      if (data.labels.length) {
        chart.table = table(data, data.summary || "The data of the chart");
        chart.table.open = Boolean(open);
        element.appendChild(chart.table);
      }
    }).catch(function () {
      var chart = charts.get(element);
      if (chart && !chart.data) { chart.place.replaceChildren(make("p", "text-secondary m-0", "The chart could not be loaded. Load the page again.")); }
    });
  }

  function start(element) {
    var known = charts.get(element);
    if (known && element.contains(known.place)) { return; }
    if (known) { known.stop(); }
    var place = make("div", "cd-chart-place");
    element.prepend(place);
    var width = element.clientWidth;
    var watch = new ResizeObserver(function () {
      var chart = charts.get(element);
      if (!chart.plot || element.clientWidth === width || !element.clientWidth) { return; }
      width = element.clientWidth;
      chart.plot.setSize({ width: width, height: Number(element.dataset.height) || 180 });
    });
    watch.observe(element);
    var seconds = Number(element.dataset.refresh);
    var again = seconds > 0 ? window.setInterval(function () { if (!document.hidden) { load(element); } }, seconds * 1000) : 0;
    charts.set(element, {
      place: place, plot: null, table: null, data: null, text: "",
      stop: function () { watch.disconnect(); window.clearInterval(again); }
    });
    load(element);
  }

  function startAll() {
    charts.forEach(function (chart, element) {
      if (!document.contains(element)) { chart.stop(); if (chart.plot) { chart.plot.destroy(); } charts.delete(element); }
    });
    document.querySelectorAll("[data-chart]").forEach(start);
  }

  new MutationObserver(function () {
    charts.forEach(function (chart, element) { if (chart.data) { show(element); } });
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  document.addEventListener("htmx:afterSettle", startAll);
  startAll();
})();
