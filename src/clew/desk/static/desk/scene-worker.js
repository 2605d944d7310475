// Serves the scene card where there is no network. It keeps one page without a name on it, its style
// and its script, and nothing of any record.
const CACHE = "clew-scene-card-2";
const PAGE = "/scene-card/offline";
const FILES = [PAGE, "/static/desk/desk.css", "/static/desk/review.css", "/static/desk/scene-card.mjs", "/static/desk/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) =>
    Promise.all(names.filter((name) => name.startsWith("clew-scene-card") && name !== CACHE).map((name) => caches.delete(name)))));
});

// The areas on the kept page are those of the person who opened the card last. A page of somebody
// who is signed out is a redirect, and is not kept.
async function refresh() {
  const answer = await fetch(PAGE, { redirect: "manual" });
  if (answer.ok) await (await caches.open(CACHE)).put(PAGE, answer);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && path.startsWith("/scene-card")) {
    const answered = fetch(request);
    event.respondWith(answered.catch(() => caches.match(PAGE)));
    event.waitUntil(answered.then((answer) => (answer.ok ? refresh() : null)).catch(() => null));
  } else if (FILES.includes(path)) {
    event.respondWith(fetch(request).catch(() => caches.match(path)));
  }
});
