// Sends what waits, one entry after the other, and keeps what came back. Each file is received once, by its hash;
// then the command goes under an id that was made before the first try, so that whatever is lost, it has one effect.
// Whatever does not say clearly that it was refused is tried again.
import { commandOf } from "./command.js";
import { judged, kindOf, refsOf } from "./entry.js";
import { when } from "./text.js";
import { change, changeFile, dayOf, entriesOf, entry, filesOf, settle } from "./store.js";

const LOCK = "rectify-site-queue";
const FILE_WITHIN = 180_000; // milliseconds
const COMMAND_WITHIN = 60_000;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;
const LONGEST_AWAY = 20_000; // without a network: to ask for one costs little
const REACHED_WITHIN = 10_000;
const ANOTHER = ["actor_differs", "no_post"]; // somebody else, or another post, is signed in
export const JUDGED = ["already_settled", "not_awaiting_verdict"];

const UNHEARD = ["sign_in", "another"]; // nothing was done with what was sent

// What an answer means: `done` with its document, `refused` with its problem, or `later` with why; `stop`: for all.
async function ask(address, body, type, within) {
  let answer, told;
  try {
    const headers = { Accept: "application/json", "Content-Type": type };
    const signal = AbortSignal.timeout(within);
    answer = await fetch(address, { method: "POST", body, headers, signal, redirect: "error" });
    told = /json/.test(answer.headers.get("content-type") ?? "") ? await answer.json() : null;
  } catch {
    return { later: "offline", stop: true };
  }
  if (told === null) return { later: "strange", stop: true }; // not ours: a gate of the network, say
  if (answer.ok) return { done: told };
  if (answer.status === 401) return { later: "sign_in", stop: true };
  if (ANOTHER.includes(told.code)) return { later: "another", stop: true };
  if (answer.status >= 500 || [408, 425, 429].includes(answer.status) || !told.code) return { later: "busy" };
  return { refused: told };
}

// Why nothing would arrive just now, if so: a telephone may believe in a network that leads nowhere. As long as nothing has
// left it the entry is free.
async function away() {
  if (!navigator.onLine) return "offline";
  try {
    const signal = AbortSignal.timeout(REACHED_WITHIN);
    return (await fetch("/healthz", { cache: "no-store", signal, redirect: "error" })).ok ? null : "busy";
  } catch {
    return "offline";
  }
}

const encoded = (caseId) => caseId.split("/").map(encodeURIComponent).join("/");

async function receiveFiles(one) {
  for (const file of await filesOf(one.id)) {
    if (file.taken) continue;
    const address = `/api/v1/cases/${encoded(one.case_id)}/files?name=${encodeURIComponent(file.name)}`;
    const told = await ask(address, file.bytes, "application/octet-stream", FILE_WITHIN);
    if (!told.done) return told;
    if (told.done.sha256 !== file.sha256) return { later: "strange" };
    await changeFile(file.id, { taken: told.done });
  }
  return null;
}

// The command of the first try is that of all; nobody edits it any more until it is answered.
async function fixCommand(one, day) {
  const files = await filesOf(one.id);
  return change(one.id, (now) => now.state !== "queued" ? null : {
    ...now,
    attempted: true,
    before: now.attempted,
    command: now.command ?? commandOf(now, day, Date.now() + day.ahead, files),
  });
}

async function deliver(one, day) {
  const trouble = await receiveFiles(one);
  if (trouble) return trouble;
  const why = await away();
  if (why) return { later: why, stop: true };
  const fixed = await fixCommand(one, day);
  if (!fixed) return null; // taken back meanwhile
  const address = `/api/v1/cases/${encoded(fixed.case_id)}/commands`;
  const told = await ask(address, JSON.stringify(fixed.command), "application/json", COMMAND_WITHIN);
  if (told.done && (told.done.accepted !== true || told.done.command_id !== fixed.command_id)) return { later: "strange" };
  return told;
}

// Of findings on which somebody gave a verdict since they were declared rectified: whose it was, and when. Nothing, where
// none is told.
async function judgedMeanwhile(one, code) {
  if (kindOf(one) !== "reinspection") return [];
  try {
    const headers = { Accept: "application/json" };
    const signal = AbortSignal.timeout(COMMAND_WITHIN);
    const told = await fetch(`/api/v1/cases/${encoded(one.case_id)}/timeline`, { headers, signal, redirect: "error" });
    if (!told.ok) return [];
    const { timeline } = await told.json();
    const since = new Map(judged(one).map(({ ref, known }) => [ref, known.declared?.at ?? ""]));
    const given = timeline.flatMap(({ at, actor, events }) => events
      .filter((event) => event.kind === "verdict_given" && since.has(event.ref) && when(at) >= since.get(event.ref))
      .map(({ ref, passed }) => ({ ref, passed, at, by: actor?.name ?? "" })));
    const last = [...new Map(given.map((verdict) => [verdict.ref, verdict])).values()];
    return JUDGED.includes(code) ? last.filter(({ passed }) => passed === (code === "already_settled")) : last;
  } catch {
    return []; // no network: the refusal alone is told
  }
}

async function keep(one, told, day) {
  if (told.done) {
    const { seq, command_id } = told.done;
    const receipt = { seq, command_id, received_at: new Date(Date.now() + day.ahead).toISOString() };
    await settle(one.id, (now) => ({ ...sentOf(now), receipt }));
  } else if (told.refused?.code === "unknown_file" && !one.resent) {
    for (const file of await filesOf(one.id)) await changeFile(file.id, { taken: null }); // it lay there too long
    await change(one.id, (now) => ({ ...now, resent: true }));
    return true;
  } else if (told.refused) {
    const { code, zh, en, rule, rule_zh, rule_en, remedy_zh, remedy_en, errors } = told.refused;
    const meanwhile = await judgedMeanwhile(one, code);
    const refusal = { code, zh, en, rule, rule_zh, rule_en, remedy_zh, remedy_en, errors, meanwhile };
    await change(one.id, (now) => ({ ...now, state: "refused", refusal, attempted: false, command: null, why: null }));
  } else {
    await change(one.id, (now) => {
      const tries = (now.tries ?? 0) + 1;
      const longest = told.later === "offline" ? LONGEST_AWAY : LONGEST_PAUSE;
      const pause = Math.min(FIRST_PAUSE * 2 ** (tries - 1), longest) * (0.75 + Math.random() / 2);
      const attempted = UNHEARD.includes(told.later) ? now.before ?? now.attempted : now.attempted;
      const next = { tries, attempted, why: told.later, next_try: Date.now() + pause };
      return now.state !== "queued" ? null : { ...now, ...next, command: attempted ? now.command : null };
    });
  }
  return false;
}

// Of what was received: which case, of which kind, which findings and verdicts, which hashes; nothing that was written.
const sentOf = (one) => ({
  id: one.id,
  person: one.person,
  state: "sent",
  kind: kindOf(one),
  case_id: one.case_id,
  subject: one.subject,
  observed_at: one.observed_at,
  do: one.command.do,
  refs: refsOf(one),
  verdicts: judged(one).map(({ ref, passed }) => ({ ref, passed })),
  hashes: one.command.files.map((file) => file.sha256),
});

const isDue = (one, all) => one.state === "queued" && (all || (one.next_try ?? 0) <= Date.now());
const byTime = (a, b) => a.queued_at - b.queued_at;

// `onReceived`: after a pass by which something came into a case.
export function sender(person, onChange, onReceived) {
  let wanted = null;
  let running = null;
  let timer;

  // What stops one stops all: each that waits says so.
  async function tellOthers(why) {
    for (const { id } of await entriesOf(person)) await change(id, (now) => now.state === "queued" ? { ...now, why } : null);
    onChange();
  }

  async function pass(all) {
    const day = await dayOf(person);
    if (!day) return;
    let received = 0;
    for (const { id } of (await entriesOf(person)).filter((one) => isDue(one, all)).sort(byTime)) {
      const one = await entry(id);
      if (one?.state !== "queued") continue;
      onChange(id);
      const told = await deliver(one, day);
      if (told && await keep(one, told, day)) wanted = true;
      if (told?.done) received += 1;
      onChange();
      if (told?.stop) {
        await tellOthers(told.later);
        break;
      }
    }
    if (received) onReceived();
  }

  async function run() {
    while (wanted !== null) {
      const all = wanted;
      wanted = null;
      await pass(all);
    }
    const waiting = (await entriesOf(person)).filter((one) => one.state === "queued");
    clearTimeout(timer);
    if (waiting.length) {
      const soonest = Math.min(...waiting.map((one) => one.next_try ?? 0));
      timer = setTimeout(() => send(), Math.max(soonest - Date.now(), 1_000));
    }
  }

  // `all`: also what would wait for its next try. One page sends at a time; one that is closed lets go.
  function send(all = false) {
    wanted = wanted || all;
    running ??= navigator.locks.request(LOCK, run).catch(console.error).finally(() => {
      running = null;
      if (wanted !== null) send();
    });
    return running;
  }
  return send;
}
