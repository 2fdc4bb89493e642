// A press under a post keeps the page where it is, and what stands in the composer with it.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest?.("form[data-press]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" }, redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-press]");
    if (!fresh) throw new Error("no button");
    form.replaceWith(document.adoptNode(fresh));
    fresh.querySelector("button").focus();
  } catch {
    form.removeAttribute("data-press");
    form.submit();
  }
});
