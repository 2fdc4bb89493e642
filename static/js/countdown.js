// Keeps «(3 dager igjen)» true while a page stands open: each `.gr-left[data-until]` once a minute.
const pattern = document.body.dataset.leftText ?? "({left})";
const language = document.documentElement.lang || "nb";

function left(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  const [count, unit] =
    minutes >= 2 * 24 * 60 ? [Math.floor(minutes / 1440), "day"] : minutes >= 120 ? [Math.floor(minutes / 60), "hour"] : [minutes, "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
}

function update() {
  const now = Date.now();
  for (const element of document.querySelectorAll(".gr-left[data-until]")) {
    const rest = Date.parse(element.dataset.until) - now;
    if (rest <= 0) element.remove();
    // Below a minute the server's own words stand: it knows the time, this computer's clock may be wrong.
    else if (rest >= 60_000) element.textContent = pattern.replace("{left}", left(rest));
  }
}

setInterval(update, 60_000);
document.addEventListener("visibilitychange", () => document.hidden || update());
