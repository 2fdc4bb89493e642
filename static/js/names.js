// Offers names after an «@» while a text is written. Without script a full name is enough.

const WAIT = 150; // milliseconds after the last key
const UNFINISHED = /(?:^|[\s([«"'])@([^@\n]{0,60})$/u;

function names(hidden) {
  const form = hidden.form;
  const text = form.querySelector("textarea");
  const say = hidden.dataset;
  const id = `${text.id}-navn`;

  const list = element("ul", { id, className: "gr-names", role: "listbox", "aria-label": say.textList, hidden: true });
  const status = element("p", { className: "ds-sr-only", role: "status" });
  text.after(list, status);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-haspopup", "listbox");
  text.setAttribute("aria-controls", id);

  let found = [];
  let active = -1;
  let timer = 0;
  let asked = 0;
  let refused = null; // what is dismissed with Escape stays so until it changes

  const unfinished = () => {
    if (text.selectionStart !== text.selectionEnd) return null;
    const before = text.value.slice(0, text.selectionStart);
    const match = UNFINISHED.exec(before);
    return match && match[1].split(" ").length <= 4 ? { words: match[1], start: before.length - match[1].length } : null;
  };

  function close() {
    found = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    text.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  function point(index) {
    active = index;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const chosen = list.children[index];
    if (!chosen) return;
    text.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  function choose(one) {
    const where = unfinished();
    if (!where) return close();
    text.setRangeText(`${one.name} `, where.start, text.selectionStart, "end");
    hidden.value = [...new Set([...hidden.value.split(",").filter(Boolean), String(one.id)])].join(",");
    close();
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw() {
    list.replaceChildren(
      ...found.map((one, place) => {
        const option = element("li", { id: `${id}-${place}`, role: "option", "aria-selected": "false", className: "gr-names__one" });
        option.append(element("span", { className: "gr-names__name", textContent: one.name }));
        if (one.detail) option.append(element("span", { className: "gr-names__detail", textContent: one.detail }));
        // Before the text loses its focus, by mouse and by touch alike.
        option.addEventListener("pointerdown", (event) => event.preventDefault());
        option.addEventListener("click", () => choose(one));
        return option;
      }),
    );
    list.hidden = !found.length;
    status.textContent = !found.length ? say.textNone : found.length === 1 ? say.textOne : say.textOther.replace("{n}", found.length);
    if (found.length) point(0);
  }

  async function ask() {
    const where = unfinished();
    if (!where || where.words === refused) return close();
    const mine = ++asked;
    const address = new URL(say.namesUrl, window.location.href);
    address.searchParams.set("q", where.words);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (mine !== asked) return;
      found = answer.ok ? (await answer.json()).names : [];
      if (mine !== asked || !unfinished()) return;
      // A name that is there already needs no list.
      if (found.some((one) => one.name === where.words.trim())) found = [];
    } catch {
      found = [];
    }
    if (found.length) draw();
    else if (where.words) {
      close();
      status.textContent = say.textNone;
    } else close();
  }

  text.addEventListener("input", () => {
    window.clearTimeout(timer);
    if (!unfinished()) {
      asked += 1;
      refused = null;
      if (!list.hidden || status.textContent) close();
      return;
    }
    timer = window.setTimeout(ask, WAIT);
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") point((active + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(found[active]);
    else if (event.key === "Escape") {
      refused = unfinished()?.words ?? null;
      close();
    } else return;
    event.preventDefault();
  });
  text.addEventListener("blur", close);
}

function element(name, properties) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  return made;
}

document.querySelectorAll("input[data-names-url]").forEach(names);
