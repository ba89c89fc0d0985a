// Every word typed must stand in an entry of PAGES; a name that begins with it comes first.
const SHOWN = 30;
const root = document.body.dataset.root;
const input = document.getElementById("search");
const found = document.getElementById("found");

function matches(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const ranked = [];
  for (const page of PAGES) {
    const name = page[1].toLowerCase();
    const all = page.slice(1).join(" ").toLowerCase();
    if (words.every((word) => all.includes(word))) {
      ranked.push([name.startsWith(words[0]) ? 0 : name.includes(words[0]) ? 1 : 2, page]);
    }
  }
  return ranked.sort((a, b) => a[0] - b[0]).map((each) => each[1]);
}

function show() {
  const all = matches(input.value);
  found.replaceChildren();
  found.hidden = !input.value.trim();
  for (const [address, name, title] of all.slice(0, SHOWN)) {
    const link = document.createElement("a");
    link.href = root + address;
    link.textContent = `${name}: ${title}`;
    const item = document.createElement("li");
    item.append(link);
    found.append(item);
  }
  if (all.length > SHOWN || !all.length) {
    const item = document.createElement("li");
    item.textContent = all.length ? `${all.length - SHOWN} more` : "Nothing found";
    found.append(item);
  }
}

input.addEventListener("input", show);
