// Serves the scene card where there is no network. It keeps one page without a name on it, its style
// and its script, and nothing of any record.
const CACHE = "clew-scene-card-1";
const PAGE = "/scene-card/offline";
const FILES = [PAGE, "/static/desk/desk.css", "/static/desk/review.css", "/static/desk/scene-card.mjs", "/static/desk/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) =>
    Promise.all(names.filter((name) => name.startsWith("clew-scene-card") && name !== CACHE).map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && path.startsWith("/scene-card")) {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (FILES.includes(path)) {
    event.respondWith(fetch(request).catch(() => caches.match(path)));
  }
});
