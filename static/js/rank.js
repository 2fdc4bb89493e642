// Ranking a paper: two lists made of the plain rows with their number fields. The numbers are what is sent, so that a
// paper is the same with and without this file. Buttons and number fields serve keyboards and switches, the handle
// serves mouse and finger, and what happened is said politely.

for (const paper of document.querySelectorAll("[data-rank]")) rank(paper);
for (const paper of document.querySelectorAll("[data-at-most][data-text-count]")) count(paper);

function rank(paper) {
  const texts = paper.dataset;
  const source = paper.querySelector("[data-rank-rows]");
  const rows = [...source.children];
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_whole, name) => facts[name]);
  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  };

  const counter = make("p", "gr-rank__count");
  const said = make("p", "ds-sr-only");
  said.setAttribute("role", "status");
  const none = make("p", "gr-rank__none", texts.textNone);
  const ranked = make("ol", "gr-rank__list");
  const unranked = make("ul", "gr-rank__list");
  const above = make("h3", "gr-rank__title", texts.textRanked);
  const below = make("h3", "gr-rank__title", texts.textUnranked);
  above.id = "valg-rangert";
  below.id = "valg-urangert";
  ranked.setAttribute("aria-labelledby", above.id);
  unranked.setAttribute("aria-labelledby", below.id);
  paper.querySelector("#valg-hjelp").textContent = texts.textHelp;
  source.before(counter, said, above, none, ranked, below, unranked);
  source.remove();
  paper.classList.add("gr-rank--live");

  for (const row of rows) dress(row);
  // What was typed before a script came, or came back with an error, keeps its order; the rest stands below.
  const typed = rows.filter((row) => number(row).value.trim() !== "");
  typed.sort((a, b) => (parseInt(number(a).value, 10) || 999) - (parseInt(number(b).value, 10) || 999));
  const wrong = rows.some((row) => row.querySelector("[aria-invalid]"));
  ranked.append(...typed);
  unranked.append(...rows.filter((row) => !typed.includes(row)));
  show(!wrong);

  function number(row) {
    return row.querySelector(".gr-rank__number");
  }

  function tool(row, name, text, act) {
    const button = make("button", `gr-rank__tool gr-rank__tool--${name}`, text);
    button.type = "button";
    button.setAttribute("aria-label", `${text}: ${row.dataset.name}`);
    button.addEventListener("click", act);
    return button;
  }

  function dress(row) {
    const tools = make("div", "gr-rank__tools");
    tools.append(
      tool(row, "add", texts.textAdd, () => add(row)),
      tool(row, "up", texts.textUp, (event) => move(row, -1, event.currentTarget)),
      tool(row, "down", texts.textDown, (event) => move(row, 1, event.currentTarget)),
      tool(row, "remove", texts.textRemove, () => remove(row)),
    );
    const handle = make("span", "gr-rank__handle", "⠿");
    handle.title = texts.textDrag;
    handle.setAttribute("aria-hidden", "true");
    handle.addEventListener("pointerdown", (event) => drag(row, handle, event));
    row.querySelector(".gr-rank__main").append(handle);
    row.querySelector(".gr-rank__main").after(tools);
    const field = number(row);
    field.addEventListener("change", () => place(row, parseInt(field.value, 10)));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        // Enter sets the number; it does not send the paper.
        event.preventDefault();
        place(row, parseInt(field.value, 10));
      }
    });
    // The whole line of somebody not ranked is a button for a finger; the label would only reach its hidden number.
    row.querySelector(".gr-rank__label").addEventListener("click", (event) => {
      if (row.parentElement !== unranked) return;
      event.preventDefault();
      add(row);
    });
  }

  function show(renumber = true) {
    const order = [...ranked.children];
    order.forEach((row, turn) => {
      if (renumber) {
        number(row).value = turn + 1;
        number(row).removeAttribute("aria-invalid");
        row.classList.remove("gr-rank__row--wrong");
        row.querySelector(":scope > .ds-validation-message")?.remove();
      }
      row.classList.remove("gr-rank__row--out");
      tools(row, true, turn, order.length);
    });
    for (const row of unranked.children) {
      number(row).value = "";
      row.classList.add("gr-rank__row--out");
      tools(row, false);
    }
    none.hidden = order.length > 0;
    below.hidden = unranked.children.length === 0;
    counter.textContent = fill(texts.textCount, { n: order.length, all: rows.length });
  }

  function tools(row, isRanked, turn, all) {
    const [plus, up, down, away] = row.querySelector(".gr-rank__tools").children;
    plus.hidden = isRanked;
    up.hidden = down.hidden = away.hidden = !isRanked;
    row.querySelector(".gr-rank__handle").hidden = !isRanked;
    up.disabled = isRanked && turn === 0;
    down.disabled = isRanked && turn === all - 1;
  }

  function tell(row) {
    const order = [...ranked.children];
    said.textContent = fill(texts.textNow, { name: row.dataset.name, rank: order.indexOf(row) + 1, n: order.length });
  }

  function add(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    ranked.append(row);
    show();
    tell(row);
    (next ? next.querySelector(".gr-rank__tool--add") : row.querySelector(".gr-rank__tool--up")).focus();
  }

  function remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const after = rows.slice(rows.indexOf(row) + 1).find((other) => other.parentElement === unranked);
    unranked.insertBefore(row, after ?? null);
    show();
    said.textContent = fill(texts.textGone, { name: row.dataset.name });
    (next ? next.querySelector(".gr-rank__tool--remove") : row.querySelector(".gr-rank__tool--add")).focus();
  }

  function move(row, by, button) {
    if (by < 0 && row.previousElementSibling) row.previousElementSibling.before(row);
    if (by > 0 && row.nextElementSibling) row.nextElementSibling.after(row);
    show();
    tell(row);
    // At the end of the list the button is off: the other one goes on.
    const other = row.querySelector(by < 0 ? ".gr-rank__tool--down" : ".gr-rank__tool--up");
    (button.disabled ? other : button).focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function place(row, wanted) {
    if (!Number.isInteger(wanted)) return number(row).value.trim() === "" ? remove(row) : show();
    const others = [...ranked.children].filter((other) => other !== row);
    const at = others[Math.max(0, wanted - 1)];
    ranked.insertBefore(row, at ?? null);
    show();
    tell(row);
    number(row).focus();
  }

  function drag(row, handle, start) {
    if (start.button > 0) return;
    start.preventDefault();
    row.classList.add("gr-rank__row--held");
    let at = start.clientY;
    let frame = 0;
    const follow = () => {
      const edge = 72;
      if (at < edge) window.scrollBy(0, -10);
      else if (at > window.innerHeight - edge) window.scrollBy(0, 10);
      const middle = (other) => other.getBoundingClientRect().top + other.offsetHeight / 2;
      const before = [...ranked.children].find((other) => other !== row && at < middle(other));
      if ((before ?? null) !== row.nextElementSibling) {
        ranked.insertBefore(row, before ?? null);
      }
      frame = requestAnimationFrame(follow);
    };
    const moved = (event) => (at = event.clientY);
    const done = () => {
      cancelAnimationFrame(frame);
      row.classList.remove("gr-rank__row--held");
      document.removeEventListener("pointermove", moved);
      document.removeEventListener("pointerup", done);
      document.removeEventListener("pointercancel", done);
      show();
      tell(row);
    };
    // On the document: a row that is moved in the page loses what it had captured.
    document.addEventListener("pointermove", moved);
    document.addEventListener("pointerup", done);
    document.addEventListener("pointercancel", done);
    frame = requestAnimationFrame(follow);
  }
}

// «2 av 3 valgt» over boxes that have a limit; the server says so too.
function count(paper) {
  const most = Number(paper.dataset.atMost);
  const boxes = [...paper.querySelectorAll("input[type=checkbox]")].filter((box) => box.value !== paper.dataset.blank);
  const counter = document.createElement("p");
  counter.className = "gr-rank__count";
  counter.setAttribute("role", "status");
  boxes[0].closest(".gr-option").before(counter);
  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    const text = n > most ? paper.dataset.textOver : paper.dataset.textCount;
    counter.textContent = text.replace("{n}", n).replace("{most}", most);
    counter.classList.toggle("gr-rank__count--over", n > most);
  };
  paper.addEventListener("change", show);
  show();
}
