// What is looked at again: verdicts on findings, a restart that is asked for, what may have come back. Each has what is
// `missing` before it can be sent: the sentence, and the field.
import { judged, unjudged } from "./entry.js";
import { findingsOf } from "./findings.js";
import { showPictures } from "./pictures.js";
import { categorySaid, dueSaid, made, said, word } from "./text.js";

const A_NOTE = 3_900; // characters, and what the page itself adds

const told = ({ at, by, text }) => [at, by, text].filter(Boolean).join(" · ");

// A finding as it was recorded, with its small photos; `of`: the parts of the block in which it stands.
function known(of, finding) {
  of("legend").textContent = `${word("finding")} ${finding.ref}`;
  of("description").textContent = finding.description;
  of("facts").textContent = [
    categorySaid(finding.category),
    said(finding.grade),
    finding.responsible ? `${word("responsible")}${word("colon")}${finding.responsible}` : "",
  ].filter(Boolean).join(" · ");
  of("declared").textContent = finding.declared
    ? `${word("declared")}${word("colon")}${told(finding.declared)}` : word("not_declared");
  of("failed").textContent = finding.failed ? `${word("failed_before")}${word("colon")}${told(finding.failed)}` : "";
  showPictures(of("pictures"), finding);
}

export function reinspection(part, { one, day, bind, choose, photos }) {
  const fields = new Map();

  for (const verdict of one.verdicts) {
    const [block, of] = made("verdict");
    known(of, verdict.known);
    if (verdict.known.due) of("due").textContent = `${word("rectified_by")}${word("colon")}${dueSaid(verdict.known, day)}`;
    const requireReason = () => {
      of("note").required = verdict.passed === false;
      of("why").hidden = verdict.passed !== false;
    };
    choose(block, `verdict-${verdict.ref}`, verdict, "passed", requireReason);
    requireReason();
    bind(of("note"), verdict, "note");
    photos(of, verdict.ref, verdict);
    part("verdicts").append(block);
    fields.set(verdict.ref, block.querySelector("input[type=radio]"));
  }

  function missing() {
    if (!judged(one).length && !unjudged(one).length) return [word("nothing_judged"), [...fields.values()][0]];
    const bare = one.verdicts.find((v) => v.passed === false && !v.note.trim());
    if (bare) return [word("reason_missing", { ref: bare.ref }), fields.get(bare.ref)];
    const [first] = judged(one).length ? [] : unjudged(one); // the remark goes along in one note
    const isLong = first && first.note.length + one.remark.length > A_NOTE;
    return isLong ? [word("note_too_long", { ref: first.ref, n: A_NOTE }), fields.get(first.ref)] : null;
  }

  // forgotten, or meant: a remark without a verdict goes as a note, once that was agreed to
  function doubtful() {
    const [first, ...others] = unjudged(one);
    const refs = [first, ...others].map((v) => v?.ref).join(word("comma"));
    return first ? [word("verdict_missing", { ref: refs }), fields.get(first.ref)] : null;
  }

  return { missing, doubtful };
}

export function restart(part, { one, day, bind, choose, photos }) {
  const answers = () => Object.values(one.conditions);
  const isRefused = () => answers().includes(false);
  const show = () => {
    part("of_refusal").hidden = !isRefused();
    part("reason").required = isRefused();
    part("of_acceptance").hidden = isRefused();
  };
  for (const condition of day.conditions) {
    const [block, of] = made("condition");
    of("says").textContent = said(condition);
    choose(block, `condition-${condition.id}`, one.conditions, condition.id, show);
    part("conditions").append(block);
  }
  bind(part("signatories"), one, "signatories");
  bind(part("reason"), one, "reason");
  photos(part, word("kind_restart"), one);
  show();

  function missing() {
    if (answers().includes(null) && !isRefused()) {
      return [word("condition_missing"), part("conditions").querySelector("input")];
    }
    if (isRefused()) return one.reason.trim() ? null : [word("refusal_missing"), part("reason")];
    const names = new Set(one.signatories.split("\n").map((name) => name.trim()).filter(Boolean));
    return names.size < 2 ? [word("two_signatories"), part("signatories")] : null;
  }

  // the other inspector signs too, and nobody who was chosen before
  function onSecond(name, before) {
    const names = one.signatories.split("\n").map((signed) => signed.trim()).filter((signed) => signed && signed !== before);
    part("signatories").value = [...new Set([...names, ...(name ? [name] : [])])].join("\n");
    part("signatories").dispatchEvent(new Event("input"));
  }

  return { missing, onSecond };
}

export function lookBack(part, form) {
  const { one, choose } = form;
  for (const finding of one.put_right) {
    const [block, of] = made("put_right");
    known(of, finding);
    part("put_right").append(block);
  }
  const show = () => { part("recurred").hidden = one.recurred !== true && !one.findings.length; };
  choose(part("asked"), "recurred", one, "recurred", show);
  findingsOf(part, form);
  show();

  function missing() {
    const field = part("asked").querySelector("input");
    if (one.recurred === null) return [word("recurred_missing"), field];
    if (one.recurred && !one.findings.length) return [word("recurred_needs"), part("more")];
    return !one.recurred && one.findings.length ? [word("recurred_not"), field] : null;
  }

  return { missing };
}
