// Follows a thread: says that new posts have come and fetches them when asked to, and keeps the posts that are shown true.
// What is being read does not move, what is being typed is not touched, and what was missed while the line was down comes once.

const BATCH = 1500;
const PRESENCE = 45000;
const SPREAD = 2500;

function live(root) {
  const say = root.dataset;
  const posts = root.querySelector("[data-posts]");
  const region = root.querySelector("[data-live]");
  const thread = Number(say.thread);
  const remembered = `grasrot-live-paused-${thread}`;
  const waiting = new Set();
  const changed = new Set();
  let last = Number(say.lastPost);
  let change = Number(say.change);
  let paused = recall(remembered) === "1";
  let down = false;
  let tooMuch = false;
  let drawing = 0;
  let fetching = 0;

  // The style sheet keeps room for this from the start, so that nothing on the page moves when news comes.
  const news = element("div", { className: "gr-live__news" });
  const polite = element("div", { "aria-live": "polite" });
  const show = element("button", { type: "button", className: "ds-button", hidden: true });
  show.dataset.variant = "secondary";
  const status = element("p", { className: "gr-live__status", role: "status" });
  const readers = element("p", { className: "gr-live__readers gr-meta" });
  const pause = element("button", { type: "button", className: "gr-quiet-button", textContent: paused ? say.textResume : say.textPause });
  const heard = element("p", { className: "ds-sr-only", "aria-live": "polite" });
  polite.append(show);
  news.append(polite, status);
  region.append(news, readers, pause, heard);

  const socket = window.io({ transports: ["websocket"] });
  socket.on("connect", () => {
    down = false;
    follow();
    here();
  });
  for (const event of ["disconnect", "connect_error"]) {
    socket.on(event, () => {
      down = true;
      draw();
    });
  }
  socket.on("refused", (message) => {
    if (message?.thread !== thread) return;
    socket.disconnect();
    down = true;
    draw();
  });
  socket.on("posts", (message) => {
    if (message?.thread !== thread) return;
    if (!message.posts.length || !next(message)) {
      follow();
      return;
    }
    note(message.posts);
  });
  socket.on("changed", (message) => {
    if (message?.thread !== thread) return;
    if (message.gone) {
      gone(message.post);
      return;
    }
    if (next(message)) note([message.post]);
    else follow();
  });

  /** Asks for what has been missed since the last change that is known; the answer holds each post once. */
  function follow() {
    socket.emit("follow", { thread, since: change }, (answer) => {
      if (!answer || answer.refused) return;
      change = Math.max(change, answer.change ?? change);
      if (answer.more) tooMuch = true;
      note(answer.missed ?? []);
    });
  }

  /** Whether a message is the one after the last: otherwise something between them was not heard. */
  function next(message) {
    if (message.change <= change) return true;
    const follows = message.change === change + 1;
    if (follows) change = message.change;
    return follows;
  }

  function note(ids) {
    for (const id of ids) {
      if (document.getElementById(`post-${id}`)) changed.add(id);
      else if (id > last) waiting.add(id);
    }
    later();
  }

  /** News is gathered for a moment, so that a lively debate is not a stream of announcements. */
  function later() {
    if (!drawing) drawing = window.setTimeout(() => {
      drawing = 0;
      draw();
    }, BATCH);
    if (!paused && changed.size && !fetching) {
      // Not all readers at the same moment.
      fetching = window.setTimeout(refresh, Math.random() * SPREAD);
    }
  }

  async function refresh() {
    const ids = [...changed].slice(0, 50);
    for (const id of ids) changed.delete(id);
    try {
      const fragment = await pieces(say.changedUrl, { innlegg: ids.join(",") });
      let told = 0;
      for (const fresh of fragment.querySelectorAll("[data-post]")) told += replace(document.adoptNode(fresh)) ? 1 : 0;
      for (const count of fragment.querySelectorAll("[data-count-of]")) number(count);
      if (told) heard.textContent = say.textChanged;
    } catch {
      for (const id of ids) changed.add(id);
    }
    fetching = 0;
    if (changed.size) fetching = window.setTimeout(refresh, 10000);
  }

  /** Puts what a post says now in the place of what it said, unless its reader has something open in it. */
  function replace(fresh) {
    const old = document.getElementById(fresh.id);
    if (!old) return false;
    if (old.contains(document.activeElement) && document.activeElement !== old || old.querySelector("details[open]")) {
      changed.add(Number(fresh.dataset.post));
      return false;
    }
    const actions = old.querySelector(":scope > .gr-post__actions");
    fresh.querySelector(":scope > .gr-post__actions")?.remove();
    if (old.classList.contains("gr-post--unread") && !fresh.classList.contains("gr-post--hidden")) {
      fresh.classList.add("gr-post--unread");
      const mark = old.querySelector(":scope > .gr-post__new");
      if (mark) fresh.prepend(mark);
    }
    if (actions && !fresh.classList.contains("gr-post--hidden") && !old.classList.contains("gr-post--hidden")) fresh.append(actions);
    const said = (post) => [...post.children].filter((part) => part !== actions).map((part) => part.textContent).join("").replace(/\s+/g, " ");
    const same = said(old) === said(fresh);
    const focused = document.activeElement === old;
    still(() => old.replaceWith(fresh));
    if (focused) fresh.focus({ preventScroll: true });
    return !same;
  }

  function gone(id) {
    const old = document.getElementById(`post-${id}`);
    if (!old || old.contains(document.activeElement)) return;
    const place = element("p", { className: "gr-post__placeholder" });
    place.append(`${say.textGone} `, reload());
    still(() => old.replaceChildren(place));
  }

  /** Does something to the page without moving what the reader is at: where she types, else what stands at the top of the window. */
  function still(act) {
    const typing = document.activeElement?.closest("textarea, input, select");
    const anchor = typing && inSight(typing) ? typing : [...posts.children].find((post) => post.getBoundingClientRect().bottom > 0);
    const before = anchor?.getBoundingClientRect().top;
    const id = anchor?.id;
    act();
    const now = anchor?.isConnected ? anchor : id ? document.getElementById(id) : null;
    if (now && before !== undefined) window.scrollBy({ top: now.getBoundingClientRect().top - before, behavior: "instant" });
  }

  function inSight(one) {
    const box = one.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  function number(count) {
    const post = document.getElementById(`post-${count.dataset.countOf}`);
    const word = count.dataset.kind === "support" ? "/stotte" : "/nyttig";
    const value = count.getAttribute("value");
    const button = post?.querySelector(`form[data-press][action$="${word}"] button`);
    const shown = button?.querySelector(".gr-press__number > [aria-hidden]");
    if (shown) shown.textContent = value;
    else if (button && value !== "0") {
      const made = element("span", { className: "gr-press__number", textContent: value });
      button.append(" ", made);
    }
  }

  function here() {
    if (document.hidden || !socket.connected) return;
    socket.emit("here", { thread }, (answer) => {
      const present = answer?.readers ?? 0;
      readers.textContent = present ? say.textReaders.replace("{n}", present) : "";
    });
  }
  window.setInterval(here, PRESENCE);
  document.addEventListener("visibilitychange", here);

  pause.addEventListener("click", () => {
    paused = !paused;
    remember(remembered, paused ? "1" : "0");
    pause.textContent = paused ? say.textResume : say.textPause;
    draw();
    later();
  });

  show.addEventListener("click", async () => {
    if (say.lastPageUrl || tooMuch) {
      window.location.assign(say.lastPageUrl || window.location.href);
      return;
    }
    show.setAttribute("aria-busy", "true");
    try {
      await fetchNew();
    } catch {
      down = true;
    }
    show.removeAttribute("aria-busy");
    draw();
  });

  async function fetchNew() {
    const fragment = await pieces(say.newUrl, { etter: String(last) });
    const found = [...fragment.querySelectorAll("[data-post]")];
    const placed = found.map((post) => place(document.adoptNode(post))).filter(Boolean);
    for (const post of found) last = Math.max(last, Number(post.dataset.post));
    for (const id of waiting) if (id <= last) waiting.delete(id);
    placed.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    placed[0]?.focus();
  }

  /** Puts a post where it belongs; null when its root is on another page or it is here already. */
  function place(post) {
    if (document.getElementById(post.id)) return null;
    const under = post.dataset.root;
    if (!under) {
      posts.append(post);
      return post;
    }
    const family = posts.querySelectorAll(`[data-post="${CSS.escape(under)}"], [data-root="${CSS.escape(under)}"]`);
    if (!family.length) return null;
    family[family.length - 1].after(post);
    return post;
  }

  function draw() {
    const count = waiting.size;
    const some = count === 1 ? say.textOne : say.textOther.replace("{n}", count);
    const wanted = paused ? "" : tooMuch ? `${say.textMore} ${say.textReload}` : count ? some.replace("{n}", count) : "";
    if (show.textContent !== wanted) show.textContent = wanted;
    show.hidden = !wanted;
    pause.hidden = down;
    status.hidden = Boolean(wanted) && !down;
    const state = down ? say.textDown : paused ? say.textPaused : say.textListening;
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.replaceChildren(state);
    if (down) status.append(" ", reload());
  }

  function reload() {
    const link = element("a", { href: window.location.href, className: "ds-link", textContent: say.textReload });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      window.location.reload();
    });
    return link;
  }

  draw();
}

async function pieces(url, asked) {
  const address = new URL(url, window.location.href);
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  const answer = await fetch(address, { headers: { Accept: "text/html", "X-Requested-With": "fetch" }, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function element(name, properties) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  return made;
}

/** A wish for this visit; where the browser keeps nothing, it lasts as long as the page. */
function remember(key, value) {
  try {
    window.sessionStorage.setItem(key, value);
  } catch {
    // Nothing is kept.
  }
}

function recall(key) {
  try {
    return window.sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

for (const root of document.querySelectorAll("[data-thread]")) {
  if (window.io) live(root);
}
