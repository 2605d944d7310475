// Keeps scene cards on the device while there is no network or nobody is signed in, and sends them
// when there is both. Without this script the card is a plain form that is sent at once.
const KEPT = "clew-scene-cards";
const WARN_S = 120; // declared: WCAG 2.2.1 asks for at least 20 seconds to answer a warning
const form = document.getElementById("card");
const statusBox = document.getElementById("kept");
const offline = form.dataset.offline === "yes";
const SIGNED_OUT = "You have been signed out. Sign in to send your card. What you typed is kept on this device.";

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");
const keep = (cards) => localStorage.setItem(KEPT, JSON.stringify(cards));
const forget = (card) => keep(kept().filter((one) => one.card !== card.card));

function answers() {
  const card = { sender: form.dataset.sender };
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

// Shows words in the box above the form, and something to click behind them.
function say(text, more) {
  statusBox.textContent = text;
  if (more) statusBox.append(" ", more);
  statusBox.hidden = text === "";
}

function signInLink() {
  const link = document.createElement("a");
  link.className = "govuk-link";
  link.href = "/sign-in?next=/scene-card";
  link.textContent = "Sign in";
  return link;
}

function correctButton(card) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary";
  button.textContent = "Open the card to correct it";
  button.addEventListener("click", () => {
    for (const [name, value] of Object.entries(card)) {
      const field = form.elements.namedItem(name);
      if (field) field.value = value;
    }
    say("");
    form.scrollIntoView();
  });
  return button;
}

function sayKept() {
  const waiting = kept().length;
  if (waiting) say(`${waiting} card${waiting > 1 ? "s are" : " is"} waiting on this device to be sent.`);
}

// Empties the form. A reset would bring back what the desk had answered with errors.
function clear() {
  for (const field of form.elements) {
    if (field.type === "radio") field.checked = field.value === "not_looked";
    else if (field.tagName === "SELECT") field.selectedIndex = 0;
    else if (!["hidden", "submit", "button"].includes(field.type)) field.value = "";
  }
}

function store(card) {
  keep([...kept().filter((one) => one.card !== card.card), card]);
}

// Empties the form for the next card, once this one is kept.
function begin() {
  clear();
  form.elements.card.value = newNumber();
  setNow();
  sayKept();
  statusBox.scrollIntoView();
}

// Sends one card with a fresh token. A redirect means that the desk wants a sign-in first.
async function send({ sender, ...card }) {
  const page = await fetch("/scene-card", { redirect: "manual" });
  if (page.type === "opaqueredirect") return { outcome: "signed out" };
  if (!page.ok) throw new Error(`status ${page.status}`);
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const token = fresh.querySelector("#card [name=csrfmiddlewaretoken]").value;
  if (sender && sender !== fresh.getElementById("card").dataset.sender) return { outcome: "other sender" };
  const body = new URLSearchParams({ ...card, csrfmiddlewaretoken: token });
  const headers = { Accept: "application/json" };
  const answer = await fetch("/scene-card", { method: "POST", body, headers, redirect: "manual" });
  if (answer.ok) return { outcome: "sent", next: (await answer.json()).next };
  if (answer.type === "opaqueredirect" || answer.headers.has("Clew-Signed-Out")) return { outcome: "signed out" };
  if (answer.status >= 500) throw new Error(`status ${answer.status}`);
  const errors = new DOMParser().parseFromString(await answer.text(), "text/html");
  const reasons = [...errors.querySelectorAll(".govuk-error-summary__list li")].map((item) => item.textContent.trim());
  return { outcome: "refused", token, shown: answer.status === 422, reason: reasons.join(". ") || "You cannot report for this record or area" };
}

// A card is removed here only once the desk has answered that it has saved it.
async function sendAll() {
  let refused = null;
  let others = 0;
  for (const card of kept()) {
    try {
      const result = await send(card);
      if (result.outcome === "signed out") return say(SIGNED_OUT, signInLink());
      if (result.outcome === "sent") forget(card);
      else if (result.outcome === "refused") refused = { card, reason: result.reason };
      else others += 1;
    } catch {
      return sayKept();
    }
  }
  if (refused) return say(`A card kept on this device was not saved. ${refused.reason}.`, correctButton(refused.card));
  if (others) return say(`${others} card${others > 1 ? "s" : ""} on this device: filled in by someone else, and sent when they sign in here.`);
  return say("The cards kept on this device have been sent.");
}

// Sends what is on the page. It is kept first: a page that is closed too early loses nothing.
async function sendThis() {
  const card = answers();
  store(card);
  let result;
  try {
    result = await send(card);
  } catch {
    return begin();
  }
  if (result.outcome === "signed out" || result.outcome === "other sender") {
    begin();
    return say(SIGNED_OUT, signInLink());
  }
  forget(card);
  if (result.outcome === "sent") return location.assign(result.next);
  if (result.shown) {
    form.elements.csrfmiddlewaretoken.value = result.token;
    return form.submit(); // the desk answers with the page and its errors
  }
  say(`The card was not saved. ${result.reason}. What you typed is still on this page.`);
  return statusBox.scrollIntoView();
}

// Without a network the card is only kept. The kept page has no number of its own for it.
function keepThis() {
  const card = answers();
  if (offline) card.card = newNumber();
  store(card);
  begin();
}

function setNow() {
  const field = form.elements.seen_at;
  if (field.value) return;
  const now = new Date();
  field.value = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

let sending = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (offline || !navigator.onLine) return keepThis();
  if (sending) return undefined;
  sending = true;
  await sendThis();
  sending = false;
  return undefined;
});

const here = document.getElementById("here");
if (here && "geolocation" in navigator) {
  here.hidden = false;
  here.addEventListener("click", () => {
    const says = document.getElementById("here-says");
    says.textContent = "Finding your location…";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(5);
      form.elements.longitude.value = coords.longitude.toFixed(5);
      says.textContent = "Location added.";
    }, () => { says.textContent = "Your device did not give its location. Type it, or leave it empty."; }, { timeout: 10000 });
  });
}

// Warns before the session ends, and offers to go on. A device that slept asks its clock again.
let ends = Date.now() + Number(form.dataset.seconds) * 1000;
const timeBox = document.getElementById("time");
const timeSays = document.getElementById("time-says");
const stay = document.getElementById("stay");

function sayTime() {
  const left = (ends - Date.now()) / 1000;
  timeBox.hidden = left > WARN_S;
  if (timeBox.hidden) return;
  const text = left > 0
    ? "You will be signed out in 2 minutes or less. Send your card now, or choose to stay signed in. If you are signed out, sending the card keeps it on this device until you sign in."
    : "You have been signed out. Choose “Send the card”: it is kept on this device, and sent after you sign in.";
  stay.hidden = left <= 0;
  if (timeSays.textContent !== text) timeSays.textContent = text;
}

if (timeBox && form.dataset.seconds) {
  stay.addEventListener("click", async () => {
    const page = await fetch("/scene-card", { redirect: "manual" }).catch(() => null);
    if (page?.ok) {
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
      ends = Date.now() + Number(fresh.getElementById("card").dataset.seconds) * 1000;
    } else if (page) ends = Date.now();
    sayTime();
  });
  setInterval(sayTime, 5000);
  document.addEventListener("visibilitychange", sayTime);
  sayTime();
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
