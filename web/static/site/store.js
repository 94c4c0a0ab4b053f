// What the telephone keeps: the day with its small photos, entries and their files, each by the person who is at work. A change is on the
// disk before it is shown as done.
const NAME = "rectify-site";
const VERSION = 2;
const STORES = { days: ["person"], entries: ["id", "person"], files: ["id", "entry"], pictures: ["sha256"] };
let opening;

const opened = () => opening ??= new Promise((resolve, reject) => {
  const asked = indexedDB.open(NAME, VERSION);
  asked.onupgradeneeded = () => {
    for (const [name, [keyPath, index]] of Object.entries(STORES)) {
      if (asked.result.objectStoreNames.contains(name)) continue;
      const made = asked.result.createObjectStore(name, { keyPath });
      if (index) made.createIndex(index, index);
    }
  };
  asked.onsuccess = () => {
    asked.result.onversionchange = () => { asked.result.close(); opening = undefined; };
    resolve(asked.result);
  };
  asked.onerror = () => { opening = undefined; reject(asked.error); };
});

const answered = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Does all of `work` or nothing; what it answers, once it is kept.
async function within(stores, mode, work) {
  const transaction = (await opened()).transaction(stores, mode, { durability: "strict" });
  const kept = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  try {
    const told = await work(...stores.map((name) => transaction.objectStore(name)));
    await kept;
    return told;
  } catch (trouble) {
    kept.catch(() => {});
    if (!transaction.error) try { transaction.abort(); } catch { /* it ended by itself */ }
    throw trouble;
  }
}

export const dayOf = (person) => within(["days"], "readonly", (days) => answered(days.get(person)));

// Nobody else's day stays.
export const keepDay = (day) => within(["days"], "readwrite", (days) => {
  days.clear();
  days.put(day);
});

export const entry = (id) => within(["entries"], "readonly", (entries) => answered(entries.get(id)));

export const entriesOf = (person) =>
  within(["entries"], "readonly", (entries) => answered(entries.index("person").getAll(person)));

export const filesOf = (id) => within(["files"], "readonly", (files) => answered(files.index("entry").getAll(id)));

export const addEntry = (made) => within(["entries"], "readwrite", (entries) => { entries.put(made); });

// The entry as `work` leaves it, in one step with whatever else changes it; nothing where `work` answers null.
export const change = (id, work) => within(["entries"], "readwrite", async (entries) => {
  const found = await answered(entries.get(id));
  const changed = found ? work(found) : null;
  if (changed) entries.put(changed);
  return changed;
});

// A file together with the entry that names it; `work` names it, so that no other change does before it is there.
export const addFile = (file, id, work) => within(["entries", "files"], "readwrite", async (entries, files) => {
  const found = await answered(entries.get(id));
  const changed = found ? work(found) : null;
  if (!changed) return null;
  files.put(file);
  entries.put(changed);
  return changed;
});

// One entry becomes several: `work` answers how it stays, and those that are set `apart`, to which their files go over.
export const split = (id, work) => within(["entries", "files"], "readwrite", async (entries, files) => {
  const found = await answered(entries.get(id));
  const parted = found ? work(found) : null;
  if (!parted) return;
  for (const apart of parted.apart) {
    for (const file of apart.verdicts.flatMap((verdict) => verdict.files)) {
      files.put({ ...await answered(files.get(file)), entry: apart.id });
    }
    entries.put(apart);
  }
  entries.put(parted.kept);
});

export const changeFile = (id, facts) => within(["files"], "readwrite", async (files) => {
  const found = await answered(files.get(id));
  if (found) files.put({ ...found, ...facts });
});

export const dropFile = (file, id, work) => within(["entries", "files"], "readwrite", async (entries, files) => {
  const found = await answered(entries.get(id));
  const changed = found ? work(found) : null;
  if (!changed) return null;
  files.delete(file);
  entries.put(changed);
  return changed;
});

async function dropFilesOf(id, files) {
  for (const key of await answered(files.index("entry").getAllKeys(id))) files.delete(key);
}

// The receipt is kept and the bytes go, in one step.
export const settle = (id, work) => within(["entries", "files"], "readwrite", async (entries, files) => {
  const found = await answered(entries.get(id));
  if (!found) return;
  entries.put(work(found));
  await dropFilesOf(id, files);
});

export const dropEntry = (id, may) => within(["entries", "files"], "readwrite", async (entries, files) => {
  const found = await answered(entries.get(id));
  if (!found || !may(found)) return false;
  entries.delete(id);
  await dropFilesOf(id, files);
  return true;
});

export const pictureKeys = () => within(["pictures"], "readonly", (pictures) => answered(pictures.getAllKeys()));

export const picture = (sha256) => within(["pictures"], "readonly", (pictures) => answered(pictures.get(sha256)));

export const keepPicture = (made) => within(["pictures"], "readwrite", (pictures) => { pictures.put(made); });

export const dropPictures = (keys) => within(["pictures"], "readwrite", (pictures) => {
  for (const key of keys) pictures.delete(key);
});

// Whoever leaves takes the day and what was received along; what waits to be sent stays. How many entries that are.
export const leave = () => within(["days", "pictures", "entries"], "readwrite", async (days, pictures, entries) => {
  days.clear();
  pictures.clear();
  const kept = await answered(entries.getAll());
  for (const one of kept) if (one.state === "sent") entries.delete(one.id);
  return kept.filter((one) => one.state !== "sent").length;
});

export const unsent = () => within(["entries"], "readonly", async (entries) =>
  (await answered(entries.getAll())).filter((one) => one.state !== "sent"));
