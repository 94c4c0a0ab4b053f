// From an entry on the telephone to the command that the case is given: made once, and sent as it is from then on.
import { judged, kindOf, unjudged } from "./entry.js";
import { word } from "./text.js";

const EIGHT_HOURS = 8 * 3600 * 1000; // Beijing

export const hashOf = async (bytes) => {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
};

export const dayIn = (instant) => new Date(Date.parse(instant) + EIGHT_HOURS).toISOString().slice(0, 10);

const given = (answers) => Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer !== null));

const newFindings = (entry, { hashes, isOld }) => entry.findings.map((found) => ({
  ref: found.ref,
  category: found.category,
  grade: found.grade,
  description: found.description,
  suspected_crime: found.suspected_crime,
  imminent_danger: found.imminent_danger,
  ...(found.illegal_operation === "" ? {} : { illegal_operation: found.illegal_operation === "true" }),
  ...(isOld ? { inspected_on: dayIn(entry.observed_at) } : {}),
  ...(found.files.length ? { files: hashes(found.files) } : {}),
}));

const verdicts = (entry, { hashes }) => judged(entry).map((verdict) => ({
  ref: verdict.ref,
  passed: verdict.passed,
  note: verdict.note.trim(),
  ...(verdict.files.length ? { files: hashes(verdict.files) } : {}),
}));

// What was seen of findings on which no verdict is given stays in the case: the photos with the command, the rest here.
const seenOf = (entry) => unjudged(entry).filter(({ note }) => note.trim())
  .map(({ ref, note }) => word("seen_unjudged", { ref, note: note.trim() })).join("\n");

function reinspection(entry, facts) {
  if (judged(entry).length) return { do: "reinspect", verdicts: verdicts(entry, facts) };
  const refs = unjudged(entry).map(({ ref }) => ref);
  const hasFiles = unjudged(entry).some(({ files }) => files.length);
  return hasFiles ? { do: "attach", refs } : { do: "add_note", refs, text: seenOf(entry).slice(0, 4000) };
}

const restart = ({ conditions, signatories, reason }) => Object.values(conditions).includes(false)
  ? { do: "refuse_restart", conditions: given(conditions), reason: reason.trim() }
  : { do: "accept_restart", conditions: given(conditions), signatories: signatories.split("\n").map((name) => name.trim()).filter(Boolean) };

// What each kind of entry says in the case.
const SAYS = {
  inspection: (entry, facts) => {
    const answers = given(entry.answers);
    const asked = Object.keys(answers).length ? { answers } : {};
    return { do: "record_findings", findings: newFindings(entry, facts), ...asked };
  },
  reinspection,
  restart,
  look_back: (entry, facts) => ({ do: "look_back", recurred: entry.recurred, findings: newFindings(entry, facts) }),
};

// `day`: what was taken along; `now`: the campaign's instant; `files`: those of the entry, as they were received.
export function commandOf(entry, day, now, files) {
  const received = new Map(files.map((file) => [file.id, file.taken]));
  const hashes = (ids) => [...new Set(ids.map((id) => received.get(id).sha256))];
  const named = new Map([...received.values()].map((taken) => [taken.sha256, taken]));
  const isOld = now - Date.parse(entry.observed_at) > (day.observed_within - 60) * 1000;
  const colleague = day.colleagues.find((one) => one.post_id === entry.second);
  const command = {
    command_id: entry.command_id,
    by: entry.by,
    ...SAYS[kindOf(entry)](entry, { hashes, isOld }),
    files: [...named.values()],
  };
  if (!isOld) command.observed_at = new Date(Math.min(Date.parse(entry.observed_at), now)).toISOString();
  const then = isOld && !command.findings?.length ? word("seen_on", { day: dayIn(entry.observed_at) }) : "";
  const seen = command.do === "add_note" ? "" : seenOf(entry);
  const note = [then, seen, entry.note].filter(Boolean).join("\n").slice(0, 4000);
  if (colleague ?? entry.with) command.with = colleague?.actor ?? entry.with;
  if (note) command.note = note;
  return command;
}
