// Closes an open menu on Escape and on a press elsewhere; the menu itself is a <details> and needs no script.
const menus = document.querySelectorAll("details[data-menu]");

for (const menu of menus) {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
