// The page on site: what is kept on the telephone is shown at once, the network adds to it where there is one.
import { isEmpty, isUnchanged, kindOf, newEntry } from "./entry.js";
import { openForm } from "./form.js";
import { showLists } from "./list.js";
import { takeAlong } from "./pictures.js";
import { sender } from "./queue.js";
import { addEntry, change, dayOf, dropEntry, entriesOf, entry, keepDay, unsent } from "./store.js";
import { word } from "./text.js";

const root = document.getElementById("site");
const { person, day: dayAddress, worker } = root.dataset;
const views = { list: root.querySelector("[data-view=list]"), form: root.querySelector("[data-view=form]") };
const said = root.querySelector("[data-part=said]");
const signal = root.querySelector("[data-part=signal]");
let day;
let sending = null;
let isReady = false;
let opened = null;
let letGo = () => {};
const OPEN = "rectify-site-entry-";

// What is wrong is said above, or right before the field that is to be mended.
function say(text, field = null) {
  const block = field?.closest("label.field, fieldset, .buttons");
  if (block) block.before(said);
  else signal.after(said);
  said.textContent = text;
  said.hidden = !text;
  if (block) said.scrollIntoView({ block: "center" });
}
const send = sender(person, (id) => { sending = id ?? null; show(); }, () => freshDay().then(show));

async function show() {
  const entries = await entriesOf(person);
  showLists(root, { day, entries, sending }, { onStart, onEdit, onDrop });
  const others = (await unsent()).filter((one) => one.person !== person).length;
  root.querySelector("[data-part=others]").hidden = others === 0;
  root.querySelector("[data-part=others]").textContent = word("others", { n: others });
  const isAway = !navigator.onLine || entries.some((one) => one.state === "queued" && one.why === "offline");
  signal.textContent = word(isAway ? "offline" : isReady ? "ready" : "online");
  signal.classList.toggle("is-offline", isAway);
}

async function freshDay() {
  try {
    const told = await fetch(dayAddress, { headers: { Accept: "application/json" }, redirect: "error" });
    const found = told.headers.get("content-type")?.includes("json") ? await told.json() : null;
    if (told.status === 401) return say(word("why_sign_in"));
    if (!told.ok || found?.person !== person) return found?.zh ? say(word("why_another")) : undefined;
    day = { ...found, ahead: Date.parse(found.now) - Date.now() };
    await keepDay(day);
    takeAlong(day, await entriesOf(person)).catch(() => {}).finally(() => { root.dataset.along = "true"; });
  } catch {
    // no network: the day that was kept is shown
  }
}

function view(name) {
  for (const [one, node] of Object.entries(views)) node.hidden = one !== name;
  scrollTo(0, 0);
}

// What waited to be sent, or was refused, and was only looked at, does so again.
async function putBack(id) {
  const left = await change(id, (now) =>
    now.state === "draft" && now.taken_from && isUnchanged(now, day) ? now.taken_from : now);
  if (left?.state === "queued") send(true);
  return left;
}

// An entry is one page's as long as its form is open there; what is answered lets go of it.
function holding(id) {
  const given = new AbortController();
  let letGo = () => {};
  const held = () => new Promise((resolve) => { letGo = resolve; });
  navigator.locks.request(`${OPEN}${id}`, { signal: given.signal }, held).catch(() => {});
  return () => { given.abort(); letGo(); };
}

// Also where a page was gone before its form was left; `mine`: that which is gone on with here.
async function putBackOthers(mine) {
  for (const { id, state, taken_from } of await entriesOf(person)) {
    if (id === mine || state !== "draft" || !taken_from) continue;
    await navigator.locks.request(`${OPEN}${id}`, { ifAvailable: true }, (lock) => lock ? putBack(id) : null);
  }
}

async function toList() {
  const leaving = opened;
  opened = null;
  letGo();
  if (views.form.contains(said)) signal.after(said);
  views.form.replaceChildren();
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  view("list");
  const left = leaving ? await putBack(leaving.one.id) : null;
  if (left?.state === "draft" && left.taken_from?.state === "queued") say(word("no_longer_queued"));
  await show();
}

// What is looked at again is one entry of a case: what was begun is gone on with.
async function onStart(visit, kind) {
  const begun = kind === "inspection" ? null : (await entriesOf(person)).find((one) =>
    one.case_id === visit.case_id && kindOf(one) === kind && one.state !== "sent");
  if (begun) return onEdit(begun);
  const made = newEntry(kind, visit, day);
  await addEntry(made);
  navigator.storage?.persist?.();
  location.hash = `entry=${made.id}`;
}

// What was not sent yet, or was refused, is taken back and written on; under a new id of its command.
async function onEdit(one) {
  const free = (now) => now.state === "refused" || (now.state === "queued" && !now.attempted);
  const taken = await change(one.id, (now) => {
    const by = day?.by ?? now.by;
    if (now.state === "draft") return { ...now, by };
    return free(now) ? { ...now, by, state: "draft", taken_from: structuredClone(now) } : null; // its own lists, too
  });
  if (taken) location.hash = `entry=${one.id}`;
  else {
    say(word("state_in_transit"));
    await show();
  }
}

async function onDrop(one) {
  if (!confirm(word("sure"))) return;
  await dropEntry(one.id, (now) => now.state !== "queued" || !now.attempted);
  await toList();
}

async function onBack(one) {
  if (isEmpty(one)) await dropEntry(one.id, (now) => now.state === "draft");
  say("");
  await toList();
}

async function route() {
  const id = new URLSearchParams(location.hash.slice(1)).get("entry");
  const leaving = opened;
  if (leaving) await leaving.settled();
  const one = id && day ? await entry(id) : null;
  if (one?.state !== "draft" || one.person !== person) return toList();
  say("");
  opened = await openForm(one, day, { say, onDrop, onBack, onQueue: async () => { say(""); await toList(); send(true); } });
  letGo();
  letGo = holding(one.id);
  if (one.refusal) say(word("refused_before"));
  views.form.replaceChildren(opened.node);
  view("form");
  views.form.querySelector("h2").focus();
}

async function keepOffline() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(worker, { scope: "/site" });
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  isReady = await new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage("keep", [port2]);
  });
  root.dataset.ready = isReady;
}

// A browser that keeps no page still keeps what is written.
const keepPage = () => keepOffline().catch(() => {}).then(show);

async function again() {
  await freshDay();
  await show();
  send(true);
  await keepPage();
}

async function begin() {
  if (!isSecureContext || !navigator.locks || !globalThis.indexedDB) return say(word("not_here"));
  day = await dayOf(person);
  const looking = freshDay(); // shown at once from what is kept
  if (!day) await looking;
  if (day) await putBackOthers(new URLSearchParams(location.hash.slice(1)).get("entry"));
  await route();
  root.dataset.begun = "true";
  addEventListener("hashchange", route);
  addEventListener("online", again);
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") again();
    else opened?.settled();
  });
  root.querySelector("[data-part=send]").addEventListener("click", () => send(true));
  await looking;
  if (!opened) await show();
  send(true);
  await keepPage();
}

begin().catch((trouble) => { say(word("not_kept")); console.error(trouble); });
