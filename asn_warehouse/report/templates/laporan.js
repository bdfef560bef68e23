(function () {
  "use strict";
  var table = document.querySelector("table[data-sortable]");
  var input = document.getElementById("cari");
  if (!table) { return; }
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var collator = new Intl.Collator("id");

  function value(row, index) {
    var cell = row.cells[index];
    if (!cell.hasAttribute("data-value")) { return cell.textContent.trim(); }
    var raw = cell.getAttribute("data-value");
    return raw === "" ? null : Number(raw);
  }

  function compare(a, b, sign) {
    if (a === null || b === null) { return a === b ? 0 : a === null ? 1 : -1; }
    var order = typeof a === "number" ? a - b : collator.compare(a, b);
    return sign * order;
  }

  function sort(index) {
    var head = heads[index];
    var rising = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    rows
      .map(function (row, place) { return { row: row, place: place, key: value(row, index) }; })
      .sort(function (a, b) { return compare(a.key, b.key, rising ? 1 : -1) || a.place - b.place; })
      .forEach(function (item) { body.appendChild(item.row); });
  }

  heads.forEach(function (head, index) {
    var button = document.createElement("button");
    button.type = "button";
    button.title = "Urutkan menurut " + head.textContent;
    while (head.firstChild) { button.appendChild(head.firstChild); }
    head.appendChild(button);
    button.addEventListener("click", function () { sort(index); });
  });

  function search() {
    var wanted = input.value.trim().toLocaleLowerCase("id");
    var shown = 0;
    rows.forEach(function (row) {
      var words = (row.cells[0].textContent + " " + row.cells[1].textContent).toLocaleLowerCase("id");
      row.hidden = wanted !== "" && words.indexOf(wanted) < 0;
      if (!row.hidden) { shown += 1; }
    });
    document.getElementById("temuan").textContent = shown + " instansi ditampilkan";
  }

  if (input) {
    input.addEventListener("input", search);
    search();
  }
}());
