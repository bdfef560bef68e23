(function () {
  "use strict";
  var html = document.documentElement;
  var english = window.ASN_WORDS || {};
  var said = window.ASN_SAID || {};
  var charts = window.ASN_CHARTS || {};
  var language = "id";
  var original = new Map();
  var sheets = [];

  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }
  function say(key) { return (said[key] || [key, key])[language === "en" ? 1 : 0]; }
  function swapped(text) {
    return text.replace(/[.,]/g, function (sign) { return sign === "." ? "," : "."; });
  }
  function number(value) { return value.toLocaleString(language === "en" ? "en" : "id"); }

  /* ---- language: the page is Indonesian; English words are found by key or stand beside ---- */
  function inEnglish(element, text) {
    var key = element.getAttribute("data-k");
    if (key === null) { return element.getAttribute("data-en"); }
    if (key.charAt(0) !== "+") { return key in english ? english[key] : text; }
    var code = text.slice(0, text.indexOf(" ") + 1);
    return key.slice(1) in english ? code + english[key.slice(1)] : text;
  }
  function textOf(element) {
    var link = element.firstElementChild;
    return link && link.tagName === "A" && element.childNodes.length === 1 ? link : element;
  }
  function translate() {
    all("[data-k], [data-en]").forEach(function (element) {
      var place = textOf(element);
      if (!original.has(place)) { original.set(place, place.textContent); }
      var text = original.get(place);
      place.textContent = language === "en" ? inEnglish(element, text) : text;
    });
    all("td.n:not(.s):not(.o), th.n[scope=row]:not(.s):not(.o), .num").forEach(function (element) {
      if (!original.has(element)) { original.set(element, element.textContent); }
      var text = original.get(element);
      element.textContent = language === "en" ? swapped(text) : text;
    });
    ["label", "placeholder"].forEach(function (name) {
      var attribute = name === "label" ? "aria-label" : name;
      all("[data-k-" + name + "]").forEach(function (element) {
        var kept = "data-id-" + name;
        if (!element.hasAttribute(kept)) { element.setAttribute(kept, element.getAttribute(attribute)); }
        var keys = element.getAttribute("data-k-" + name).split(" ");
        var words = keys.map(function (key) { return english[key]; });
        var known = language === "en" && words.every(Boolean);
        element.setAttribute(attribute, known ? words.join(": ") : element.getAttribute(kept));
      });
    });
    all("td.s, td.o").forEach(function (cell) {
      cell.title = say(cell.classList.contains("s") ? "legend_suppressed" : "legend_missing");
    });
  }
  function remembered() {
    var kept = null;
    try { kept = localStorage.getItem("asn-bahasa"); } catch (e) { /* a browser may forbid it */ }
    var chosen = kept || new URLSearchParams(location.search).get("bahasa");
    return chosen === "en" ? "en" : "id";
  }
  function choose(chosen) {
    try { localStorage.setItem("asn-bahasa", chosen); } catch (e) { /* a browser may forbid it */ }
    speak(chosen);
  }
  function handOn() {
    /* for browsers that keep nothing of a page on the disk, links hand the language on */
    all("a[href]").forEach(function (link) {
      var href = link.getAttribute("href");
      if (!/\.html([?#]|$)/.test(href) || /laporan-nasional/.test(href)) { return; }
      href = href.replace(/\?bahasa=\w+/, "");
      link.setAttribute("href", language === "en" ? href.replace(".html", ".html?bahasa=en") : href);
    });
  }
  function speak(chosen) {
    language = chosen;
    html.lang = chosen;
    all("[data-language]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-language") === chosen));
    });
    translate();
    handOn();
    sheets.forEach(function (sheet) { sheet.show(); });
    if (box.chosen) { box.tell(); }
    search.run();
  }

  /* ---- tables: sort, filter, download ---- */
  function Sheet(section) {
    this.section = section;
    this.table = section.querySelector("table");
    this.rows = all("tbody tr", this.table);
    this.heads = all("thead th", this.table);
    this.selects = all("select[data-f]", section);
    this.controls();
    this.wanted = "";
    this.order = this.rows.slice();
    this.heads.forEach(this.makeSortable, this);
    this.selects.forEach(function (select) {
      select.addEventListener("change", this.filter.bind(this));
    }, this);
    this.hideOthers();
  }
  Sheet.prototype.controls = function () {
    var place = document.createElement("div");
    var filters = this.section.querySelector(".filters");
    var button = document.createElement("button");
    place.className = "controls";
    this.section.insertBefore(place, this.table.parentNode);
    if (filters) { filters.hidden = false; place.appendChild(filters); }
    button.type = "button";
    button.className = "csv";
    button.addEventListener("click", this.download.bind(this));
    this.button = place.appendChild(button);
    this.status = place.appendChild(document.createElement("p"));
    this.status.className = "status";
    this.status.setAttribute("role", "status");
  };
  Sheet.prototype.makeSortable = function (head, index) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    ["data-k", "data-en", "translate"].forEach(function (name) {
      if (head.hasAttribute(name)) { button.setAttribute(name, head.getAttribute(name)); }
      head.removeAttribute(name);
    });
    if (button.attributes.length === 1) {
      button.setAttribute("data-k", "c." + this.table.getAttribute("data-m") + "." + head.getAttribute("data-c"));
    }
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", this.sort.bind(this, index));
  };
  Sheet.prototype.key = function (row, index) {
    var cell = row.cells[index];
    if (cell.classList.contains("s") || cell.classList.contains("o")) { return null; }
    var raw = cell.getAttribute("data-v");
    if (cell.classList.contains("n")) { return Number(raw === null ? cell.textContent : raw); }
    return raw === null ? cell.textContent.trim() : raw;
  };
  Sheet.prototype.sort = function (index) {
    var head = this.heads[index];
    var rising = head.getAttribute("aria-sort") !== "ascending";
    var collator = new Intl.Collator(language, { numeric: true });
    var sheet = this;
    this.heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    var keyed = this.order.map(function (row, place) {
      return { row: row, place: place, key: sheet.key(row, index) };
    });
    keyed.sort(function (a, b) {
      if (a.key === null || b.key === null) {
        return a.key === b.key ? a.place - b.place : a.key === null ? 1 : -1;
      }
      var order = typeof a.key === "number" ? a.key - b.key : collator.compare(a.key, b.key);
      return (rising ? order : -order) || a.place - b.place;
    });
    keyed.forEach(function (item) { item.row.parentNode.appendChild(item.row); });
    this.rows = keyed.map(function (item) { return item.row; });
    this.status.textContent = say("sorted") + " " + head.textContent + ", " +
      say(rising ? "rising" : "falling") + ".";
    this.draw();
  };
  Sheet.prototype.hideOthers = function () {
    var chosen = this.selects.filter(function (select) { return select.value !== ""; });
    var wanted = this.wanted;
    this.rows.forEach(function (row) {
      var fits = chosen.every(function (select) {
        return row.getAttribute("data-f-" + select.getAttribute("data-f")) === select.value;
      });
      var text = wanted && (row.cells[0].textContent + " " + row.cells[1].textContent).toLowerCase();
      row.hidden = !fits || Boolean(wanted && text.indexOf(wanted) < 0);
    });
  };
  Sheet.prototype.shown = function () {
    return this.rows.filter(function (row) { return !row.hidden; });
  };
  Sheet.prototype.filter = function () {
    this.hideOthers();
    this.show();
  };
  Sheet.prototype.show = function () {
    var shown = this.shown();
    var title = this.table.caption.textContent;
    this.status.textContent = number(shown.length) + " " + say("rows_shown");
    this.button.textContent = say("csv");
    this.button.setAttribute("aria-label", say("csv") + ": " + title);
    this.table.classList.toggle("plain", shown.every(function (row) { return row.classList.contains("total"); }));
    this.draw();
  };
  Sheet.prototype.value = function (cell) {
    if (cell.classList.contains("s")) { return "*"; }
    if (cell.classList.contains("o")) { return ""; }
    var text = cell.getAttribute("data-v") || cell.textContent.trim();
    if (!cell.classList.contains("n") && /^[=+\-@\t]/.test(text)) { text = "'" + text; }
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  };
  Sheet.prototype.download = function () {
    var sheet = this;
    var lines = [this.heads.map(function (head) { return head.getAttribute("data-c"); }).join(",")];
    this.shown().forEach(function (row) {
      lines.push(Array.prototype.map.call(row.cells, sheet.value).join(","));
    });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = this.section.id + "-" + html.getAttribute("data-period") + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
    this.status.textContent = say("csv_saved");
  };

  /* ---- charts: the rows that are shown, put into a specification made beforehand ---- */
  Sheet.prototype.draw = function () {
    all(".chart", this.section).forEach(function (figure) { drawChart(this, figure); }, this);
  };
  function labelled(sheet, rows) {
    /* the fewest key columns, from the last one on, that tell the rows apart */
    var end = sheet.heads.findIndex(function (head) { return head.classList.contains("n"); });
    function named(row, first) {
      return Array.prototype.slice.call(row.cells, first, end).map(function (cell) {
        return cell.textContent.trim();
      }).join(" · ");
    }
    function differ(first) {
      return new Set(rows.map(function (row) { return named(row, first); })).size === rows.length;
    }
    end = Math.min(end, 3);
    var first = end - 1;
    while (first > 0 && !differ(first)) { first -= 1; }
    return function (row) { return named(row, first); };
  }
  var data = {
    bar: function (cells) { return one(cells[0]); },
    line: function (cells) { return one(cells[0]); },
    dumbbell: function (cells, names) {
      if (!cells.every(known)) { return []; }
      var rising = raw(cells[0]) > raw(cells[1]);
      return cells.map(function (cell, i) {
        var side = (i === 0) === rising ? "left" : "right";
        return { value: raw(cell), text: cell.textContent, series: names[i], side: side };
      });
    },
    stacked: function (cells, names, wide) {
      var total = cells.reduce(function (sum, cell) { return sum + (known(cell) ? raw(cell) : 0); }, 0);
      var at = 0;
      return total === 0 ? [] : cells.map(function (cell, i) {
        var width = known(cell) ? raw(cell) / total : 0;
        var part = { start: at, end: at + width, middle: at + width / 2, series: names[i], place: i };
        part.text = cell.textContent;
        part.inside = width * wide > 7.5 * cell.textContent.length + 6 ? cell.textContent : "";
        at += width;
        return part;
      });
    },
    intervals: function (cells) {
      return cells.every(known) ? [{
        value: raw(cells[0]), low: raw(cells[1]), high: raw(cells[2]), text: cells[0].textContent,
        range: cells[1].textContent + " – " + cells[2].textContent
      }] : [];
    }
  };
  function known(cell) { return !cell.classList.contains("s") && !cell.classList.contains("o"); }
  function raw(cell) { return Number(cell.getAttribute("data-v") || cell.textContent); }
  function one(cell) { return known(cell) ? [{ value: raw(cell), text: cell.textContent }] : []; }

  function points(sheet, figure, width) {
    var kind = figure.getAttribute("data-kind");
    var places = figure.getAttribute("data-columns").split(" ").map(function (name) {
      return sheet.heads.findIndex(function (head) { return head.getAttribute("data-c") === name; });
    });
    var names = places.map(function (i) { return sheet.heads[i].textContent; });
    var rows = sheet.shown().filter(function (row) {
      return !(figure.hasAttribute("data-parts") && row.classList.contains("total"));
    });
    if (kind === "line") { rows = rows.slice().reverse(); }
    var named = labelled(sheet, rows);
    var found = [];
    var limit = Number(figure.getAttribute("data-limit"));
    var drawn = 0;
    var more = 0;
    var hidden = 0;
    rows.forEach(function (row) {
      var made = data[kind](places.map(function (i) { return row.cells[i]; }), names, width - room(width) - 30);
      if (made.length === 0) {
        if (!places.every(function (i) { return known(row.cells[i]); })) { hidden += 1; }
        return;
      }
      if (drawn === limit) { more += 1; return; }
      drawn += 1;
      made.forEach(function (point) {
        point.name = named(row);
        point.label = kind === "line" ? point.name : wrapped(point.name, room(width) / 6.6);
        found.push(point);
      });
    });
    return { kind: kind, rows: found, more: more, hidden: hidden, share: sheet.heads[places[0]].hasAttribute("data-share") };
  }
  function room(width) { return Math.min(240, Math.round(width * 0.42)); }
  function wrapped(text, characters) {
    var lines = [""];
    text.split(" ").forEach(function (word) {
      var last = lines.length - 1;
      if (lines[last].length + word.length >= characters && lines[last] !== "") { lines.push(word); return; }
      lines[last] += (lines[last] === "" ? "" : " ") + word;
    });
    return lines.join("\n");
  }
  function remark(figure, found) {
    var note = figure.querySelector(".note");
    var words = [];
    if (found.hidden > 0) { words.push(number(found.hidden) + " " + say("undrawn_rows")); }
    if (found.more > 0) { words.push(number(found.more) + " " + say("undrawn_more")); }
    if (!note) {
      note = figure.appendChild(document.createElement("p"));
      note.className = "note";
    }
    note.textContent = words.join(" ");
  }
  function withRoom(found, width) {
    if (found.kind !== "bar" && found.kind !== "intervals") { return; }
    var ends = found.rows.map(function (row) { return "high" in row ? row.high : row.value; });
    var high = Math.max.apply(null, ends.concat(0));
    var low = Math.min.apply(null, ends.concat(0));
    var room = (high - low) * (width < 480 ? 0.4 : 0.18);
    found.rows.forEach(function (row, i) { row.room = i === 0 && low < 0 ? low - room : high > 0 ? high + room : 0; });
  }
  function specification(found, width) {
    var made = JSON.parse(JSON.stringify(charts[found.kind]));
    var values = found.rows.map(function (row) { return row.value; });
    var narrow = Math.max.apply(null, values) - Math.min.apply(null, values) < 0.05;
    made.data = { name: "rows", values: found.rows };
    made.params = [{ name: "share", value: found.share }, { name: "fine", value: narrow }];
    made.config.axisY = { labelLimit: room(width) + 12 };
    made.config.legend.columns = width < 560 ? 1 : 3;
    made.config.legend.labelLimit = width - 40;
    if (made.height.step) {
      var labels = Array.from(new Set(found.rows.map(function (row) { return row.label; })));
      var deepest = Math.max.apply(null, labels.map(function (text) { return text.split("\n").length; }));
      made.height = labels.length * Math.max(made.height.step - 4, deepest * 15 + 8);
    }
    return made;
  }
  function centred(made) {
    /* a label of several lines has its middle at the mark, not its first line */
    (made.axes || []).forEach(function (axis) {
      if (axis.scale !== "y" || !axis.labels && axis.labels !== undefined) { return; }
      axis.encode = axis.encode || {};
      axis.encode.labels = axis.encode.labels || {};
      axis.encode.labels.update = axis.encode.labels.update || {};
      axis.encode.labels.update.dy = { signal: "-7 * (length(split(datum.value, '\\n')) - 1)" };
    });
    return made;
  }
  function drawChart(sheet, figure) {
    var plot = figure.querySelector(".plot");
    var width = plot.clientWidth || 640;
    var found = points(sheet, figure, width);
    var enough = found.rows.length >= (found.kind === "line" ? 2 : 1);
    plot.textContent = "";
    remark(figure, enough ? found : { hidden: 0, more: 0 });
    if (!enough || !window.vegaEmbed) {
      plot.appendChild(document.createElement("p")).className = "note";
      plot.firstChild.textContent = enough ? "" : say("nothing_visible");
      return;
    }
    var caption = figure.querySelector("figcaption").textContent;
    withRoom(found, width);
    var drawing = plot.appendChild(document.createElement("div"));
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", say("chart_of") + ": " + caption + ". " + found.rows.map(function (row) {
      return row.name + (row.series ? ", " + row.series : "") + ": " + row.text;
    }).join("; ") + ".");
    drawing.className = "plot";
    var inner = drawing.appendChild(document.createElement("div"));
    inner.className = "plot";
    inner.setAttribute("aria-hidden", "true");
    window.vegaEmbed(inner, specification(found, width), {
      actions: false, ast: true, defaultStyle: false, renderer: "svg", logLevel: 1,
      tooltip: { disableDefaultStyle: true }, patch: centred,
      formatLocale: language === "en"
        ? { decimal: ".", thousands: ",", grouping: [3], currency: ["Rp", ""] }
        : { decimal: ",", thousands: ".", grouping: [3], currency: ["Rp", ""] }
    }).then(function () { figure.setAttribute("data-drawn", found.rows.length); });
  }

  /* ---- the nine boxes ---- */
  var box = {
    chosen: null,
    tell: function () {
      document.getElementById("kotak-dipilih").textContent =
        box.chosen.textContent.replace(/\s+/g, " ").replace(/ ,/g, ",").trim();
    },
    choose: function (button) {
      all("[data-box]").forEach(function (other) {
        other.setAttribute("aria-pressed", String(other === button));
      });
      box.chosen = button;
      box.tell();
      var sheet = sheets.find(function (one) { return one.section.id === "box_level"; });
      if (!sheet) { return; }
      sheet.selects.forEach(function (select) {
        select.value = select.getAttribute("data-f") === "box" ? button.getAttribute("data-box") : "";
      });
      sheet.filter();
    }
  };

  /* ---- search for an agency ---- */
  var search = {
    input: document.getElementById("cari"),
    run: function () {
      var rows = document.getElementById("saring");
      if (rows) {
        var sheet = sheets.find(function (one) { return one.table.id === rows.getAttribute("data-rows"); });
        if (sheet) { sheet.wanted = rows.value.trim().toLowerCase(); sheet.filter(); }
      }
      if (!search.input) { return; }
      var wanted = search.input.value.trim().toLowerCase();
      var list = document.getElementById("hasil");
      var status = document.getElementById("temuan");
      list.textContent = "";
      status.textContent = "";
      if (wanted === "") { return; }
      var found = (window.ASN_AGENCIES || []).filter(function (one) {
        return (one[0] + " " + one[1]).toLowerCase().indexOf(wanted) >= 0;
      });
      found.slice(0, 12).forEach(function (one) {
        var link = list.appendChild(document.createElement("li")).appendChild(document.createElement("a"));
        link.href = "instansi/" + encodeURIComponent(one[0]) + ".html" + (language === "en" ? "?bahasa=en" : "");
        link.textContent = one[1];
        link.appendChild(document.createElement("span")).textContent = one[0];
      });
      status.textContent = number(found.length) + " " + say("found") +
        (found.length > 12 ? ", 12 " + say("first_of") : "") + ".";
    }
  };

  function start() {
    all(".find, .language").forEach(function (element) { element.hidden = false; });
    sheets = all("[data-sheet]").filter(function (section) {
      return section.querySelector("table");
    }).map(function (section) { return new Sheet(section); });
    all("[data-language]").forEach(function (button) {
      button.addEventListener("click", function () { choose(button.getAttribute("data-language")); });
    });
    all("[data-box]").forEach(function (button) {
      button.addEventListener("click", function () { box.choose(button); });
    });
    all("#cari, #saring").forEach(function (input) { input.addEventListener("input", search.run); });
    document.addEventListener("keydown", function (event) {
      var open = document.querySelector(".menu details[open]");
      if (event.key === "Escape" && open) { open.open = false; open.querySelector("summary").focus(); }
    });
    document.addEventListener("click", function (event) {
      var open = document.querySelector(".menu details[open]");
      if (open && !open.contains(event.target)) { open.open = false; }
    });
    var width = window.innerWidth;
    window.addEventListener("resize", function () {
      if (window.innerWidth !== width) {
        width = window.innerWidth;
        sheets.forEach(function (sheet) { sheet.draw(); });
      }
    });
    speak(remembered());
  }
  start();
}());
