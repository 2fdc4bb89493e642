// A vote is sent once. Of two presses the second answer would be shown, and the receipt code of the first be lost.
const forms = document.querySelectorAll("form[data-once]");
for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// The browser's back button brings the page back as it was left.
addEventListener("pageshow", () => {
  for (const form of forms) delete form.dataset.sent;
});
