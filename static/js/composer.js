// Helps where a post is written: says what is missing, shows a preview, warns before unsent text is lost. The form works without it.
import { ownVisibleCharacters } from "./visible.js";

function enhance(form) {
  const text = form.querySelector("textarea");
  let sent = false;

  const counter = form.querySelector("[data-counter]");
  const minimum = Number(form.dataset.minimum);
  if (counter && minimum) {
    const say = () => {
      const missing = minimum - ownVisibleCharacters(text.value);
      counter.toggleAttribute("data-enough", missing <= 0);
      if (missing <= 0) counter.textContent = form.dataset.textEnough;
      else counter.textContent = (missing === 1 ? form.dataset.textOne : form.dataset.textOther).replace("{n}", missing);
    };
    text.addEventListener("input", say);
    say();
  }

  const preview = form.querySelector("[data-preview]");
  const button = form.querySelector("[data-preview-button]");
  if (button && form.dataset.previewUrl) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      const body = preview.querySelector("[data-preview-body]");
      button.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(form.dataset.previewUrl, {
          method: "POST",
          body: new FormData(form),
          headers: { Accept: "text/html", "X-Requested-With": "fetch" },
          redirect: "error",
        });
        if (!answer.ok) throw new Error(String(answer.status));
        // The server has cleaned it in the same way as the post itself; the CSP stops what should have slipped through.
        body.innerHTML = await answer.text();
      } catch {
        body.textContent = form.dataset.textPreviewFailed;
      }
      preview.hidden = false;
      button.removeAttribute("aria-busy");
    });
  }

  const before = text.defaultValue;
  form.addEventListener("submit", () => {
    sent = true;
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });
  window.addEventListener("beforeunload", (event) => {
    // Where drafts.js keeps the text, only when it could not.
    const unsafe = form.querySelector("[data-draft]") ? "unsafe" in form.dataset : text.value !== before;
    if (!sent && text.value.trim() && unsafe) event.preventDefault();
  });
}

document.querySelectorAll("form[data-composer]").forEach(enhance);
