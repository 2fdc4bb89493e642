// Lets a reader answer and quote without leaving the page: what is already written in the composer stays. Without script the links do it.

const form = document.querySelector("form[data-composer]");
const target = form?.elements.reply_to;

if (target) {
  const text = form.querySelector("textarea");
  const label = form.querySelector("label");
  const plainLabel = target.value ? "" : label.textContent;

  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "gr-quiet-button";
  cancel.textContent = target.dataset.textCancel;
  cancel.hidden = true;
  if (plainLabel) label.after(cancel);
  cancel.addEventListener("click", () => {
    target.value = "";
    label.textContent = plainLabel;
    cancel.hidden = true;
    text.focus();
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-answer]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      if (link.dataset.quoteUrl) await quote(link.dataset.quoteUrl);
    } catch {
      window.location.assign(link.href);
      return;
    }
    target.value = link.dataset.answer;
    label.textContent = target.dataset.textAnswer.replace("{name}", link.dataset.name);
    cancel.hidden = false;
    form.scrollIntoView({ block: "nearest" });
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  });

  async function quote(address) {
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const before = text.value.trimEnd();
    text.value = `${before ? `${before}\n\n` : ""}${await answer.text()}`;
    text.dispatchEvent(new Event("input"));
  }
}
