// Keeps the page of an inspection and the files that it is made of, so that it opens without a network: all of one
// version, or those of the one before. Nothing else is kept, and nothing is ever sent from here.
const CACHE = "site";
const PAGE = "/site";
const AS_KEPT = { ignoreVary: true };
const PATIENCE = 4_000; // milliseconds that the network has where a page is kept
const FILES = /(?:src|href)="(\/(?:static|build|modules)\/[^"]+)"/g;

let given = null; // the page as it was given last, to be kept without being asked for again

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Asked by the page: it, and then every file that it names, are kept; what it does not name goes.
async function keepPage() {
  const told = given ?? await fetch(PAGE, { credentials: "same-origin", headers: { Accept: "text/html" }, redirect: "error" });
  given = null;
  if (!told.ok) throw new Error(`${PAGE}: ${told.status}`);
  const found = (await told.clone().text()).matchAll(FILES);
  const named = new Set([...found].map(([, address]) => address.replaceAll("&amp;", "&")));
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const address of named) if (!(await cache.match(address, AS_KEPT))) missing.push(address);
  await cache.addAll(missing);
  await cache.put(PAGE, told);
  const wanted = new Set([PAGE, ...named].map((address) => new URL(address, self.location).href));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

self.addEventListener("message", (event) => {
  if (event.data !== "keep") return;
  const [port] = event.ports;
  event.waitUntil(keepPage().then(() => port.postMessage(true), () => port.postMessage(false)));
});

async function fresh(request) {
  const kept = await (await caches.open(CACHE)).match(PAGE, AS_KEPT);
  given = null;
  const asked = fetch(request).then((answer) => {
    if (answer.ok && !answer.redirected) given = answer.clone();
    return answer;
  });
  if (!kept) return asked;
  let timer;
  const patience = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE, kept); });
  const told = asked.then((answer) => answer.status >= 500 ? kept : answer, () => kept);
  return Promise.race([told, patience]).finally(() => clearTimeout(timer));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(fresh(request));
  else if (/^\/(static|build|modules)\//.test(pathname)) {
    event.respondWith(caches.match(request, AS_KEPT).then((kept) => kept ?? fetch(request)));
  }
});
