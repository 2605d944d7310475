// Keeps scene cards on the phone while there is no network, and sends them when there is one again.
// Without this script the card is a plain form that is sent at once.
const KEPT = "clew-scene-cards";
const form = document.getElementById("card");
const told = document.getElementById("kept");
const offline = form.dataset.offline === "yes";

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");
const keep = (cards) => localStorage.setItem(KEPT, JSON.stringify(cards));

function answers() {
  const card = {};
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrfmiddlewaretoken") card[name] = value;
  }
  return card;
}

function newNumber() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function say(text) {
  told.textContent = text;
  told.hidden = text === "";
}

function sayKept() {
  const waiting = kept().length;
  if (waiting) say(`${waiting} card${waiting > 1 ? "s wait" : " waits"} on this phone to be sent.`);
}

function keepThis() {
  const card = answers();
  if (offline || !card.card) card.card = newNumber();
  keep([...kept(), card]);
  form.reset();
  setNow();
  sayKept();
  told.scrollIntoView();
}

// A card is thrown away here only once the desk has answered that it holds it.
async function sendAll() {
  let refused = "";
  for (const card of kept()) {
    try {
      const page = await fetch("/scene-card", { redirect: "manual" });
      if (!page.ok) return say("Sign in, and open this page again, to send the cards kept on this phone.");
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
      const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
      if (!token) return sayKept();
      const body = new URLSearchParams({ ...card, csrfmiddlewaretoken: token });
      const answer = await fetch("/scene-card", { method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") keep(kept().filter((one) => one.card !== card.card));
      else refused = " The desk did not take one: check its record number and area.";
    } catch {
      return sayKept();
    }
  }
  const left = kept().length;
  say(left ? `${left} card(s) still wait on this phone.${refused}` : "The cards kept on this phone were sent.");
}

function setNow() {
  const field = form.elements.seen_at;
  if (field.value) return;
  const now = new Date();
  field.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

form.addEventListener("submit", (event) => {
  if (offline || !navigator.onLine) {
    event.preventDefault();
    keepThis();
  }
});

const here = document.getElementById("here");
if (here && "geolocation" in navigator) {
  here.hidden = false;
  here.addEventListener("click", () => {
    const says = document.getElementById("here-says");
    says.textContent = "Asking the phone where it is…";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(5);
      form.elements.longitude.value = coords.longitude.toFixed(5);
      says.textContent = "Put in.";
    }, () => { says.textContent = "The phone did not say. Type it, or leave it."; }, { timeout: 10000 });
  });
}

if (form.dataset.worker && "serviceWorker" in navigator) {
  navigator.serviceWorker.register(form.dataset.worker, { scope: "/scene-card" }).catch(() => {});
}
setNow();
if (kept().length) {
  sayKept();
  if (navigator.onLine && !offline) sendAll();
}
window.addEventListener("online", () => {
  if (offline) location.assign("/scene-card");
  else if (kept().length) sendAll();
});
