// What is written down of one visit: an inspection, or what was looked at again.
import { said, when } from "./text.js";

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const MINUTE = 60_000; // milliseconds

const unsaid = (list) => Object.fromEntries(list.map(({ id }) => [id, null]));
const isSaid = (answers) => Object.values(answers).some((answer) => answer !== null);
const verdictOn = (known) => ({ ref: known.ref, known, passed: null, note: "", files: [] });
const isJudged = (verdict) => verdict.passed !== null || Boolean(verdict.note) || verdict.files.length > 0;

// What an entry of each kind has of its own, and whether something was written into it.
const KINDS = {
  inspection: {
    own: (_, day) => ({ answers: unsaid(day.questions), checked: [], findings: [] }),
    isBegun: (one) => one.findings.length > 0 || one.checked.length > 0 || isSaid(one.answers),
  },
  reinspection: {
    own: (visit) => ({ verdicts: visit.again.verdicts.map(verdictOn) }),
    isBegun: (one) => one.verdicts.some(isJudged),
  },
  restart: {
    own: (_, day) => ({ conditions: unsaid(day.conditions), signatories: day.by.name, reason: "", files: [] }),
    isBegun: (one) => isSaid(one.conditions) || one.files.length > 0,
  },
  look_back: {
    own: (visit) => ({ recurred: null, put_right: visit.again.put_right, findings: [] }),
    isBegun: (one) => one.recurred !== null || one.findings.length > 0,
  },
};

export const kindOf = (one) => one.kind ?? "inspection"; // kept before there were others

export const kindsOf = (visit) => [
  ...(visit.again?.verdicts.length ? ["reinspection"] : []),
  ...(visit.again?.restart ? ["restart"] : []),
  ...(visit.again?.looks_back ? ["look_back"] : []),
  "inspection",
];

export function newEntry(kind, visit, day) {
  const random = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const observed = new Date(Math.floor((Date.now() + day.ahead) / MINUTE) * MINUTE).toISOString();
  return {
    id: crypto.randomUUID(),
    kind,
    mark: `${when(observed).slice(5, 10).replace("-", "")}-${random}`, // numbers of findings begin with it
    person: day.person,
    by: day.by,
    state: "draft",
    case_id: visit.case_id,
    subject: visit.subject,
    place: [said(visit.district), visit.street, said(visit.sector)].filter(Boolean).join(" · "),
    observed_at: observed,
    ...KINDS[kind].own(visit, day),
    second: "",
    signatures: { own: "", second: "", there: "" },
    remark: "",
    note: "",
  };
}

// A finding that awaits a verdict since the re-inspection was begun is judged in it too.
export function withLater(one, day) {
  if (kindOf(one) !== "reinspection") return one;
  const asked = day.cases.find((visit) => visit.case_id === one.case_id)?.again?.verdicts ?? [];
  const later = asked.filter(({ ref }) => !one.verdicts.some((verdict) => verdict.ref === ref));
  return { ...one, verdicts: [...one.verdicts, ...later.map(verdictOn)] };
}

// Whether it says what it said when it was opened to be changed.
export function isUnchanged(one, day) {
  const content = ({ state, by, taken_from, ...rest }) => JSON.stringify(rest);
  return content(one) === content(withLater(one.taken_from, day));
}

export const isEmpty = (one) => !KINDS[kindOf(one)].isBegun(one) && !one.remark && !one.second
  && !Object.values(one.signatures).some(Boolean);

// Whatever has photos of its own.
const holders = (one) => [...(one.findings ?? []), ...(one.verdicts ?? []), ...(one.files ? [one] : [])];

export const photosIn = (one) => holders(one).reduce((sum, holder) => sum + holder.files.length, 0);

export const judged = (one) => (one.verdicts ?? []).filter((verdict) => verdict.passed !== null);

// What has a remark or photos, and no verdict.
export const unjudged = (one) => (one.verdicts ?? [])
  .filter((verdict) => verdict.passed === null && (verdict.note.trim() || verdict.files.length));

// What has no verdict goes as an entry of its own, one a finding, so that photos stay with the finding that they show; where
// no finding has a verdict the first of them stays in this one.
const others = (one) => unjudged(one).slice(judged(one).length ? 0 : 1);

export const isSeveral = (one) => others(one).length > 0;

export function parted(one) {
  const alone = { ...one, signatures: { own: "", second: "", there: "" }, remark: "", note: "" };
  const apart = others(one).map((verdict) =>
    ({ ...alone, id: crypto.randomUUID(), command_id: crypto.randomUUID(), verdicts: [verdict] }));
  return { kept: { ...one, verdicts: judged(one).length ? judged(one) : unjudged(one).slice(0, 1) }, apart };
}

export const refsOf = (one) => [...(one.findings ?? []), ...judged(one)].map(({ ref }) => ref);
