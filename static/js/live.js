// Says that new posts have come, and fetches them when asked to. Nothing moves and nothing typed is touched until the reader presses.

function live(root) {
  const say = root.dataset;
  const posts = root.querySelector("[data-posts]");
  const region = root.querySelector("[data-live]");
  const thread = Number(say.thread);
  const waiting = new Set();
  let last = Number(say.lastPost);
  let paused = false;
  let down = false;

  // The style sheet keeps room for this from the start, so that nothing on the page moves when news comes.
  const news = element("div", { className: "gr-live__news" });
  const polite = element("div", { "aria-live": "polite" });
  const show = element("button", { type: "button", className: "ds-button", hidden: true });
  show.dataset.variant = "secondary";
  const status = element("p", { className: "gr-live__status", role: "status" });
  const pause = element("button", { type: "button", className: "gr-quiet-button", textContent: say.textPause });
  polite.append(show);
  news.append(polite, status);
  region.append(news, pause);

  const socket = window.io({ transports: ["websocket"] });
  socket.on("connect", () => {
    socket.emit("follow", { thread });
    down = false;
    draw();
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
    for (const id of message.posts ?? [message.post]) {
      if (id > last && !document.getElementById(`post-${id}`)) waiting.add(id);
    }
    draw();
  });

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? say.textResume : say.textPause;
    draw();
  });

  show.addEventListener("click", async () => {
    if (say.lastPageUrl) {
      window.location.assign(say.lastPageUrl);
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
    const address = new URL(say.newUrl, window.location.href);
    address.searchParams.set("etter", String(last));
    const answer = await fetch(address, { headers: { Accept: "text/html", "X-Requested-With": "fetch" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
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
    const wanted = count && !paused ? (count === 1 ? say.textOne : say.textOther).replace("{n}", count) : "";
    if (show.textContent !== wanted) show.textContent = wanted;
    show.hidden = !wanted;
    pause.hidden = down;
    status.hidden = Boolean(wanted) && !down;
    const state = down ? say.textDown : paused ? say.textPaused : say.textListening;
    if (status.dataset.state === state) return;
    status.dataset.state = state;
    status.replaceChildren(state);
    if (!down) return;
    const reload = element("a", { href: window.location.href, className: "ds-link", textContent: say.textReload });
    reload.addEventListener("click", (event) => {
      event.preventDefault();
      window.location.reload();
    });
    status.append(" ", reload);
  }

  draw();
}

function element(name, properties) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  return made;
}

for (const root of document.querySelectorAll("[data-thread]")) {
  if (window.io) live(root);
}
