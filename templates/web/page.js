"use strict";
// Sorts and filters the tables. Without it the page is whole, in the report's own order.
(function () {
  var search = document.getElementById("search");
  var severity = document.getElementById("severity");
  var shown = document.getElementById("shown");
  var tables = Array.prototype.filter.call(document.querySelectorAll("table"), function (table) {
    return table.tHead && table.tBodies[0];
  });
  function rank(text) {
    var words = ["critical", "high", "medium", "low"];
    var word = text.replace(/[^a-z]/gi, "").toLowerCase();
    return words.indexOf(word);
  }
  function key(cell) {
    var text = cell ? cell.textContent.trim() : "";
    if (rank(text) >= 0) return [0, rank(text)];
    var day = text.match(/^(\d{1,2})\s(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s(\d{4})/);
    if (day) return [0, Date.parse(day[1] + " " + day[2] + " " + day[3] + " UTC")];
    var number = text.replace(/,/g, "").replace("−", "-").match(/^[+-]?\d+(\.\d+)?/);
    return number ? [0, parseFloat(number[0])] : [1, text.toLowerCase()];
  }
  function compare(a, b) {
    if (a[0] !== b[0]) return a[0] - b[0];
    return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
  }
  function groups(body) {
    // A heading row and the rows below it move together.
    var found = [], current = null;
    Array.prototype.forEach.call(body.rows, function (row) {
      if (row.classList.contains("group") || row.querySelector("td.who")) {
        current = { head: row, rows: [] };
        found.push(current);
      } else {
        if (!current) { current = { head: null, rows: [] }; found.push(current); }
        current.rows.push(row);
      }
    });
    return found;
  }
  tables.forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, column) {
      cell.tabIndex = 0;
      cell.classList.add("sortable");
      function sort() {
        var down = cell.getAttribute("aria-sort") === "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
          other.removeAttribute("aria-sort");
        });
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        groups(table.tBodies[0]).forEach(function (group) {
          group.rows.map(function (row, index) { return [key(row.cells[column]), index, row]; })
            .sort(function (a, b) { return (down ? -1 : 1) * compare(a[0], b[0]) || a[1] - b[1]; })
            .reduce(function (before, item) {
              before ? before.after(item[2]) : table.tBodies[0].prepend(item[2]);
              return item[2];
            }, group.head);
        });
      }
      cell.addEventListener("click", sort);
      cell.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
  });
  function filter() {
    var words = search.value.toLowerCase().trim(), level = severity.value, seen = 0;
    tables.forEach(function (table) {
      groups(table.tBodies[0]).forEach(function (group) {
        var head = group.head ? group.head.textContent.toLowerCase() : "", left = 0;
        group.rows.forEach(function (row) {
          var text = head + " " + row.textContent.toLowerCase();
          var pills = Array.prototype.map.call(
            (group.head || row).querySelectorAll(".pill"), function (p) { return rank(p.textContent); });
          var has = pills.filter(function (p) { return p >= 0; });
          var wanted = !level || !has.length || has.indexOf(rank(level)) >= 0;
          row.hidden = !wanted || (words !== "" && text.indexOf(words) < 0);
          if (!row.hidden) { left += 1; seen += 1; }
        });
        if (group.head) group.head.hidden = left === 0;
      });
    });
    shown.textContent = words || level ? seen + " rows" : "";
  }
  search.addEventListener("input", filter);
  severity.addEventListener("change", filter);
  document.querySelector(".search").hidden = false;
})();
