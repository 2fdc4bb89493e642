// Keeps the code on the organiser's screen fresh: fetches the page when its code is due to change, and puts the new one in place.
const place = document.querySelector("[data-screen]");

async function renew() {
  let wait = 5;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-screen]");
    if (fresh) {
      place.replaceChildren(...fresh.childNodes);
      wait = Number(fresh.dataset.seconds) || wait;
    } else {
      location.reload(); // signed out, say: the page itself tells
    }
  } catch {
    // The net is away for a moment; the code before holds for half a minute more.
  }
  setTimeout(renew, wait * 1000);
}

if (place) setTimeout(renew, (Number(place.dataset.seconds) || 5) * 1000);
