// Keeps what is being written: on the server while there is one to reach, otherwise on this device, and gives it back. Nothing is overwritten
// unseen, and a form is not sent before what stands in it is safe. The forms work without it.

const PREFIX = "grasrot-utkast:";
const PAUSE = 1000;
const LONGEST_PAUSE = 5000;
const RETRY = [2000, 5000, 10000, 30000];
const KEPT_HERE = 7 * 24 * 3600 * 1000;
const NOT_WRITTEN = new Set(["csrf_token", "draft", "draft_seal", "preview", "page"]);

function keep(root) {
  const form = root.closest("form");
  const say = root.dataset;
  const local = localCopy(`${PREFIX}${say.owner}:${say.draft}`);
  const version = form.elements.draft;
  const status = root.querySelector("[data-draft-status]");
  const conflict = root.querySelector("[data-draft-conflict]");
  const offer = document.querySelector(`[data-draft-offer="${CSS.escape(say.draft)}"]`);

  let known = written(form); // what the server has, or the form as it came
  let saving = null;
  let timer = 0;
  let since = 0;
  let failures = 0;
  let stopped = false; // signed out, too old, or two texts to choose between
  let passing = false;
  let leaving = false;

  const dirty = () => written(form) !== known;

  function tell(text, link) {
    if (status.textContent !== text) status.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      Object.assign(anchor, { className: "ds-link", href: link, textContent: say.textSignIn });
      status.append(" ", anchor);
    }
  }

  function keepHere() {
    const kept = local.write({ fields: written(form), base: version.value, at: Date.now() });
    form.toggleAttribute("data-unsafe", !kept);
    return kept;
  }

  function tellUnsaved() {
    tell(keepHere() ? say.textUnsaved : say.textOnlyHere);
  }

  // Saving

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function typed() {
    if (!dirty()) return;
    keepHere();
    if (stopped) return;
    since ||= Date.now();
    later(Math.max(0, Math.min(PAUSE, since + LONGEST_PAUSE - Date.now())));
  }

  async function post(fields, { keepalive = false, wait = 15000 } = {}) {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("draft_seal", form.elements.draft_seal.value);
    body.set("draft", version.value);
    body.set("fields", fields);
    const answer = await fetch(say.saveUrl, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "error",
      // Browsers let no more than 64 kB go on after the page is gone; what is longer is kept on this device.
      keepalive: keepalive && fields.length < 20000,
      signal: AbortSignal.timeout(wait),
    });
    return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
  }

  /** "saved", "failed" (no contact), or "refused" (the server has said no); only one is under way at a time. */
  function save(options) {
    saving ??= saveOnce(options).finally(() => {
      saving = null;
    });
    return saving;
  }

  async function saveOnce(options) {
    clearTimeout(timer);
    since = 0;
    if (stopped) return "refused";
    const fields = written(form);
    if (fields === known) return "saved";
    let answer;
    try {
      answer = await post(fields, options);
      if (answer.status === 410) {
        // What it was written from has been sent or discarded elsewhere. This page is alive, so its text is a new one.
        version.value = "0";
        answer = await post(fields, options);
      }
    } catch (problem) {
      tellUnsaved();
      later(RETRY[Math.min(failures++, RETRY.length - 1)]);
      return problem.name === "TimeoutError" ? "refused" : "failed";
    }
    return read(answer, fields);
  }

  function read(answer, fields) {
    if (answer.status === 200) {
      failures = 0;
      version.value = answer.version;
      known = fields;
      tell(answer.said);
      if (dirty()) typed();
      else forgetHere();
      return "saved";
    }
    keepHere();
    if (answer.status === 409 && answer.fields) {
      choose(answer.error, answer.words, JSON.stringify(answer.fields), () => {
        version.value = answer.version;
      });
    } else if (answer.status === 403) {
      stopped = true;
      tell(say.textSignedOut, answer.sign_in || say.signInUrl);
    } else if (answer.status === 400) {
      stopped = true;
      tell(say.textOld);
    } else {
      tell(answer.status < 500 && answer.error ? answer.error : say.textUnsaved);
      if (answer.status === 429 || answer.status >= 500) later(RETRY[RETRY.length - 1]);
    }
    return "refused";
  }

  function forgetHere() {
    local.remove();
    form.removeAttribute("data-unsafe");
  }

  // Two texts at one place

  function choose(sentence, words, other, chosen) {
    stopped = true;
    conflict.querySelector("[data-draft-elsewhere]").textContent = sentence || say.textElsewhere;
    conflict.querySelector("[data-draft-other]").textContent = words;
    conflict.hidden = false;
    const settle = (after) => () => {
      chosen();
      stopped = false;
      conflict.hidden = true;
      after();
      if (dirty()) save();
      else forgetHere();
      form.querySelector("textarea")?.focus();
    };
    conflict.querySelector("[data-draft-mine]").onclick = settle(() => {});
    conflict.querySelector("[data-draft-theirs]").onclick = settle(() => {
      fill(form, other);
    });
  }

  // What this device kept when it could not be saved

  function giveBack(copy) {
    if (copy.fields === known) {
      local.remove();
    } else if (copy.base === version.value || version.value === "0") {
      fill(form, copy.fields);
      if (offer) {
        const text = offer.querySelector("[data-text]");
        text.textContent = text.dataset.text.replace("{kl}", clock(copy.at));
        offer.hidden = false;
      }
      save();
    } else {
      choose("", texts(copy.fields), copy.fields, () => {});
    }
  }

  // Sending

  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented || passing) {
      leaving = true;
      return;
    }
    if (!dirty() && !saving && navigator.onLine) {
      leaving = true;
      return;
    }
    event.preventDefault();
    if (form.dataset.settling) return;
    form.dataset.settling = "yes";
    const submitter = event.submitter;
    const waiting = conflict.hidden;
    let outcome = saving ? await saving : "saved";
    if (outcome === "saved" && dirty()) outcome = await save({ wait: 5000 });
    else if (outcome === "saved" && !navigator.onLine) outcome = "failed";
    // A form that is still telling of one submission cannot begin another.
    await new Promise((go) => setTimeout(go));
    delete form.dataset.settling;
    if (outcome === "failed") {
      keepHere();
      tell(say.textOffline);
      return;
    }
    if (waiting && !conflict.hidden) return; // something else stands here since: first a choice
    passing = true;
    form.requestSubmit(submitter);
    passing = false;
  });

  // Leaving

  function leave() {
    if (leaving || !dirty()) return;
    keepHere();
    if (!stopped) save({ keepalive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", () => {
    leaving = false;
  });
  addEventListener("online", () => {
    failures = 0;
    if (dirty() && !stopped) save();
  });
  addEventListener("offline", () => {
    if (dirty()) tellUnsaved();
  });

  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  offer?.querySelector("[data-draft-continue]").addEventListener("click", (event) => {
    event.preventDefault();
    offer.hidden = true;
    const text = document.getElementById(event.currentTarget.hash.slice(1));
    text?.focus();
    text?.setSelectionRange?.(text.value.length, text.value.length);
  });
  offer?.querySelector("form").addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
    local.remove();
  });

  const copy = local.read();
  if ("cameBack" in say) {
    // What was typed has come back in the form: it is newer than anything kept.
    known = "";
    keepHere();
    save();
  } else if (copy) {
    giveBack(copy);
  }
}

/** What is written in a form, as JSON: each field's name with its values, in the order of the names. */
function written(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || NOT_WRITTEN.has(name) || name.startsWith("accept_")) continue;
    (fields[name] ??= []).push(value.replaceAll("\r\n", "\n"));
  }
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort()));
}

/** Puts written fields back into a form. */
function fill(form, json) {
  const fields = JSON.parse(json);
  for (const control of form.elements) {
    const { name, type } = control;
    if (!name || NOT_WRITTEN.has(name) || name.startsWith("accept_") || type === "submit" || type === "file") continue;
    const values = fields[name] ?? [];
    if (type === "checkbox" || type === "radio") {
      control.checked = values.includes(control.value);
    } else if (control.multiple) {
      for (const option of control.options) option.selected = values.includes(option.value);
    } else if (name in fields) {
      control.value = values[0] ?? "";
    }
  }
  for (const text of form.querySelectorAll("textarea")) text.dispatchEvent(new Event("input"));
}

function texts(json) {
  const { title = [], body = [] } = JSON.parse(json);
  return [...title, ...body].filter(Boolean).join("\n\n");
}

function clock(at) {
  const moment = new Date(at);
  const [hours, minutes] = [moment.getHours(), moment.getMinutes()].map((part) => String(part).padStart(2, "0"));
  return hours + (document.documentElement.lang === "en" ? ":" : ".") + minutes;
}

/** One place's copy on this device. A browser may refuse to keep anything; then nothing is kept. */
function localCopy(key) {
  return {
    read() {
      try {
        const copy = JSON.parse(localStorage.getItem(key));
        return copy && Date.now() - copy.at < KEPT_HERE ? copy : null;
      } catch {
        return null;
      }
    },
    write(copy) {
      try {
        localStorage.setItem(key, JSON.stringify(copy));
        return true;
      } catch {
        return false;
      }
    },
    remove() {
      try {
        localStorage.removeItem(key);
      } catch {
        // nothing was kept
      }
    },
  };
}

/** Copies that nobody has come back for. */
function forgetOld() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !localCopy(key).read()) localStorage.removeItem(key);
    }
  } catch {
    // nothing was kept
  }
}

forgetOld();
document.querySelectorAll("[data-draft]").forEach(keep);
