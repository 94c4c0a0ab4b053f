// What is to be visited, what waits to be sent, what was received.
import { judged, kindOf, kindsOf, photosIn } from "./entry.js";
import { JUDGED } from "./queue.js";
import { dueSaid, made, said, when, word } from "./text.js";

const OF_SENT = 20;

const pageOf = (caseId) => `/cases/${caseId.split("/").map(encodeURIComponent).join("/")}`;

function visitRow(visit, day, onStart) {
  const [node, part] = made("visit");
  part("subject").textContent = visit.subject;
  part("case").href = pageOf(visit.case_id);
  part("place").textContent = [said(visit.sector), said(visit.district), visit.street].filter(Boolean).join(" · ");
  for (const task of visit.tasks) {
    const [line, of] = made("task");
    of("says").textContent = said(task);
    of("about").textContent = task.about ?? "";
    of("due").textContent = dueSaid(task, day);
    of("due").classList.toggle("late", task.late);
    part("tasks").append(line);
  }
  for (const [place, kind] of kindsOf(visit).entries()) {
    const [button] = made("start");
    button.textContent = word(`start_${kind}`);
    button.dataset.start = kind;
    button.classList.toggle("btn-main", place === 0);
    button.setAttribute("aria-label", `${word(`start_${kind}`)}${word("colon")}${visit.subject}`);
    button.addEventListener("click", () => onStart(visit, kind));
    part("starts").append(button);
  }
  return node;
}

function counted(one) {
  const photos = photosIn(one);
  switch (kindOf(one)) {
    case "reinspection": {
      const failed = judged(one).filter((verdict) => !verdict.passed).length;
      return word("counted_verdicts", { passed: judged(one).length - failed, failed, photos });
    }
    case "restart":
      return word("counted_photos", { photos });
    default:
      return word("counted", { findings: one.findings.length, photos });
  }
}

function stateOf(one, isSending) {
  if (isSending) return "sending";
  return one.state === "queued" && one.attempted ? "in_transit" : one.state;
}

// Of a verdict that came too late: whose there is already, and what becomes of the remark and the photos.
const meanwhileSaid = ({ code, meanwhile = [] }) => meanwhile.length || JUDGED.includes(code) ? [
  ...meanwhile.map(({ ref, passed, by, at }) =>
    word("meanwhile", { ref, by, when: when(at), verdict: word(passed ? "passed" : "failed") })),
  ...(meanwhile.length ? [] : [word("meanwhile_unknown")]),
  word("meanwhile_remedy"),
] : [];

export function refusalOf(node, one) {
  const { zh, en, rule, rule_zh, rule_en, remedy_zh, remedy_en, errors } = one.refusal;
  const [block, part] = made("refusal");
  for (const text of kindOf(one) === "reinspection" ? meanwhileSaid(one.refusal) : []) {
    part("meanwhile").append(Object.assign(document.createElement("p"), { textContent: text }));
  }
  part("case").href = pageOf(one.case_id);
  part("says").textContent = [said({ zh, en }), ...(errors ?? []).map(said)].join(word("semicolon"));
  part("clause").textContent = rule ? `${word("clause")} ${said({ zh: rule_zh, en: rule_en }) || rule}` : "";
  part("remedy").textContent = said({ zh: remedy_zh, en: remedy_en }) || word("refused_remedy");
  node.append(block);
}

function entryRow(one, sending, { onEdit, onDrop }) {
  const [node, part] = made("entry");
  node.dataset.state = one.state;
  node.dataset.entry = one.id;
  const state = stateOf(one, one.id === sending);
  part("subject").textContent = one.subject;
  part("kind").textContent = word(`kind_${kindOf(one)}`);
  part("state").textContent = word(`state_${state}`);
  part("state").classList.add(`site-${one.state}`);
  part("facts").textContent = [when(one.observed_at), counted(one)].join(" · ");
  if (one.state === "queued" && one.why) part("why").textContent = word(`why_${one.why}`);
  if (one.why === "sign_in") part("sign_in").hidden = false;
  if (one.refusal && one.state !== "queued") refusalOf(part("told"), one); // also of one that is being changed
  const isFree = state !== "in_transit" && state !== "sending";
  for (const [name, act] of [["edit", onEdit], ["drop", onDrop]]) {
    part(name).hidden = !isFree;
    part(name).setAttribute("aria-label", [word(name), word(`kind_${kindOf(one)}`), one.subject].join(word("colon")));
    part(name).addEventListener("click", () => act(one));
  }
  return node;
}

function sentRow(one) {
  const [node, part] = made("sent");
  node.dataset.sent = one.id;
  part("subject").textContent = one.subject;
  part("kind").textContent = word(`kind_${kindOf(one)}`);
  const ofRestart = { accept_restart: ["restart_accepted"], refuse_restart: ["restart_refused"] }[one.do] ?? [];
  const verdicts = [...ofRestart.map((key) => word(key)), ...(one.verdicts ?? []).map(({ ref, passed }) => `${ref} ${word(passed ? "passed" : "failed")}`)];
  const received = word("received", { when: when(one.receipt.received_at), seq: one.receipt.seq });
  part("facts").textContent = [verdicts.join(word("comma")), received].filter(Boolean).join(" · ");
  part("case").href = pageOf(one.case_id);
  const hashes = one.hashes.map((hash) => hash.slice(7, 19)).join(" ");
  part("hashes").textContent = [one.refs.join(word("comma")), hashes].filter(Boolean).join(" · ");
  return node;
}

export function showLists(root, { day, entries, sending }, acts) {
  const place = (name) => root.querySelector(`[data-list="${name}"]`);
  const waiting = entries.filter((one) => one.state !== "sent").sort((a, b) => a.observed_at.localeCompare(b.observed_at));
  const sent = entries.filter((one) => one.state === "sent")
    .sort((a, b) => b.receipt.received_at.localeCompare(a.receipt.received_at)).slice(0, OF_SENT);
  place("waiting").replaceChildren(...waiting.map((one) => entryRow(one, sending, acts)));
  place("sent").replaceChildren(...sent.map(sentRow));
  place("day").replaceChildren(...(day?.cases ?? []).map((visit) => visitRow(visit, day, acts.onStart)));
  for (const [name, list] of [["waiting", waiting], ["sent", sent], ["day", day?.cases ?? []]]) {
    root.querySelector(`[data-none="${name}"]`).hidden = list.length > 0;
  }
  root.querySelector("[data-part=send]").hidden = !waiting.some((one) => one.state === "queued");
  root.querySelector("[data-part=whose]").textContent = day ? word(day.is_own ? "whose_own" : "whose_office") : "";
  root.querySelector("[data-part=as_of]").textContent = day ? word("day_of", { when: when(day.now) }) : "";
  root.dataset.waiting = waiting.filter((one) => one.state === "queued").length;
  root.dataset.sent = entries.filter((one) => one.state === "sent").length;
}
