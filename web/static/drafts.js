// What is typed into a form is kept in this browser until it was handed in: over a reload, a closed tab, a session that
// ended, a server that is away. Kept by person; never passwords, codes or files. It goes when the command was taken, when
// the person signs out, when somebody else has signed in here, and after some days.
const PLACE = "rectify-draft:";
const DAYS = 7;
const DAY = 86_400_000; // milliseconds
const REST = 250; // milliseconds after a letter

const person = document.querySelector("meta[name=person]")?.content ?? "";
const keyOf = (name) => `${PLACE}${person}:${name}`;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function wipe(which) {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PLACE) && which(key)) localStorage.removeItem(key);
}

// A page before has left the name of the form whose command was taken.
function forgetTaken() {
  for (const cookie of document.cookie.split("; ")) {
    const [name, value] = cookie.split("=");
    if (!/^(__Host-)?rectify_taken$/.test(name)) continue;
    localStorage.removeItem(keyOf(value));
    document.cookie = `${name}=; Max-Age=0; Path=/; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  }
}

const UNTYPED = ["hidden", "password", "file", "submit", "button", "reset"];
const isTyped = (field) => field.name && !/(^|\.)kept$/.test(field.name) && !UNTYPED.includes(field.type)
  && !("undrafted" in field.dataset) && !/one-time-code|password/.test(field.autocomplete);
const isTick = (field) => ["checkbox", "radio"].includes(field.type);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// A row by what it is about, where the form says so: another case may have it in another place.
function stable(form, name) {
  const [row, start] = /^(.+)\.\d+(?=\.)/.exec(name) ?? [];
  const about = row && form.elements.namedItem(`${row}.ref`);
  return about?.type === "hidden" ? `${start}[${about.value}]${name.slice(row.length)}` : name;
}

// The fields by name; of several of one name, those that are no ticks are told apart by number.
function fieldsOf(form) {
  const found = new Map();
  const counted = {};
  for (const field of [...form.elements].filter(isTyped)) {
    const name = stable(form, field.name);
    const key = isTick(field) ? name : `${name}#${counted[name] = (counted[name] ?? -1) + 1}`;
    found.set(key, [...(found.get(key) ?? []), field]);
  }
  return found;
}

const valueOf = (fields) => isTick(fields[0]) ? fields.filter((one) => one.checked).map((one) => one.value) : [fields[0].value];
const emptyOf = (fields) => isTick(fields[0]) ? [] : [""];
const valuesOf = (form) => Object.fromEntries([...fieldsOf(form)].map(([key, fields]) => [key, valueOf(fields)]));

function put(fields, value) {
  const [field] = fields;
  if (isTick(field)) for (const one of fields) one.checked = value.includes(one.value);
  else if (field.tagName !== "SELECT" || [...field.options].some((one) => one.value === value[0])) [field.value] = value;
}

const hiddenOf = (form, names) => Object.fromEntries([...form.elements]
  .filter((one) => one.type === "hidden" && names.test(one.name)).map((one) => [one.name, one.value]));
const IDS = /^(command_id|subject_id|id\..+)$/; // by which a form that is sent twice has one effect
const SEEN = /^(seen|version)$/;

function said(at) {
  const zone = { timeZone: "Asia/Shanghai" };
  const { lang } = document.documentElement;
  const day = (instant) => new Date(instant).toLocaleDateString(lang, { ...zone, month: "long", day: "numeric" });
  const clock = new Date(at).toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
  return day(at) === day(Date.now()) ? clock : `${day(at)} ${clock}`;
}

// Where more rows were written than the form has, it is asked for with as many.
function asksForRows(form, draft) {
  const rowsIn = (names) => Math.max(0, ...names.map((name) => Number(/^(?:findings|rows)\.(\d+)\./.exec(name)?.[1] ?? -1) + 1));
  const wanted = rowsIn(Object.keys(draft.written));
  const address = new URL(location.href);
  if (wanted <= rowsIn([...fieldsOf(form).keys()]) || address.searchParams.has("rows")) return false;
  address.searchParams.set("rows", wanted);
  location.replace(address);
  return true;
}

function discard(form) {
  localStorage.removeItem(keyOf(form.dataset.draft));
  const address = new URL(location.href);
  address.searchParams.delete("rows");
  address.hash = "";
  location.replace(address);
}

function tell(form, draft) {
  const line = document.querySelector("#restored").content.cloneNode(true);
  const [what, moved, files] = line.querySelectorAll("span");
  what.textContent = what.textContent.replace("{at}", said(draft.at));
  if (same(draft.seen, hiddenOf(form, SEEN))) moved.remove();
  if (!form.querySelector("input[type=file]")) files.remove();
  line.querySelector("button").addEventListener("click", () => discard(form));
  form.prepend(line);
}

// Whether anything of it is to be seen here: what the form says by itself, or has no field for, is no draft of it.
function changes(form, draft) {
  return [...fieldsOf(form)].some(([key, fields]) => key in draft.written && !same(valueOf(fields), draft.written[key]));
}

function restore(form, draft) {
  for (const [key, fields] of fieldsOf(form)) {
    if (!(key in draft.written)) continue;
    put(fields, draft.written[key]);
    const block = fields[0].closest("details");
    if (block) block.open = true;
  }
  // were it taken without anybody having seen the answer, sent again by the same id it has no second effect
  for (const [name, id] of Object.entries(draft.ids)) {
    const field = form.elements.namedItem(name);
    if (field?.type === "hidden") field.value = id;
  }
  tell(form, draft);
}

function keep(form) {
  const key = keyOf(form.dataset.draft);
  const found = read(key);
  const isGiven = "given" in form.dataset; // it was sent, and came back with what was typed
  if (found && !isGiven && asksForRows(form, found)) return;
  const base = isGiven ? found?.base ?? {} : valuesOf(form);
  if (found && !isGiven && changes(form, found)) restore(form, found);

  let resting;
  let isTouched = isGiven;
  function save() {
    clearTimeout(resting);
    if (!isTouched || !form.isConnected) return;
    const typed = [...fieldsOf(form)].filter(([name, fields]) => !same(valueOf(fields), base[name] ?? emptyOf(fields)));
    const written = Object.fromEntries(typed.map(([name, fields]) => [name, valueOf(fields)]));
    const facts = { at: Date.now(), base, written, ids: hiddenOf(form, IDS), seen: hiddenOf(form, SEEN) };
    try {
      if (typed.length) localStorage.setItem(key, JSON.stringify(facts));
      else localStorage.removeItem(key);
    } catch {
      // a browser that is full keeps nothing more; the form works without
    }
  }
  const soon = (event) => {
    isTouched = true;
    clearTimeout(resting);
    if (!event.isComposing) resting = setTimeout(save, REST);
  };
  for (const kind of ["input", "change", "compositionend"]) form.addEventListener(kind, soon);
  form.addEventListener("submit", save);
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", save);
  save();
}

try {
  forgetTaken();
  const oldest = Date.now() - DAYS * DAY;
  wipe((key) => !(read(key)?.at > oldest) || (person && !key.startsWith(keyOf(""))));
  if (person) document.querySelectorAll("form[data-draft]").forEach(keep);
  for (const form of document.querySelectorAll("form[action='/sign-out'], form[data-leaves]")) {
    form.addEventListener("submit", () => wipe(() => true));
  }
} catch (trouble) {
  console.info("nothing is kept of what is typed", trouble); // a browser that keeps nothing
}
