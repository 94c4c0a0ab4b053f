// One inspection, written down on site. Every change is kept at once; what is queued is no longer changed here.
import { photosOf } from "./photos.js";
import { signatureOf } from "./signature.js";
import { change, filesOf } from "./store.js";
import { made, options, said, when, word } from "./text.js";

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const MINUTE = 60_000; // milliseconds
const REST = 250; // milliseconds after a letter

export function newEntry(visit, day) {
  const random = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const observed = new Date(Math.floor((Date.now() + day.ahead) / MINUTE) * MINUTE).toISOString();
  return {
    id: crypto.randomUUID(),
    mark: `${when(observed).slice(5, 10).replace("-", "")}-${random}`, // numbers of findings begin with it
    person: day.person,
    by: day.by,
    state: "draft",
    case_id: visit.case_id,
    subject: visit.subject,
    place: [said(visit.district), visit.street, said(visit.sector)].filter(Boolean).join(" · "),
    observed_at: observed,
    answers: Object.fromEntries(day.questions.map((question) => [question.id, null])),
    checked: [],
    findings: [],
    second: "",
    signatures: { own: "", second: "", there: "" },
    remark: "",
    note: "",
  };
}

const isEmpty = (one) => !one.findings.length && !one.checked.length && !one.remark && !one.second
  && Object.values(one.answers).every((answer) => answer === null) && !Object.values(one.signatures).some(Boolean);

export { isEmpty };

export async function openForm(kept, day, { say, onQueue, onBack, onDrop }) {
  const one = structuredClone(kept);
  const files = new Map((await filesOf(one.id)).map((file) => [file.id, file]));
  const [node, part] = made("inspection");
  const form = part("form");
  let resting;
  let saving = Promise.resolve();

  // as the form has it, for as long as it is a draft
  const save = (now) => now.state === "draft" ? structuredClone(one) : null;
  const keep = () => {
    clearTimeout(resting);
    saving = saving.then(() => change(one.id, save)).catch((trouble) => { say(word("not_kept")); console.error(trouble); });
    return saving;
  };
  const keepSoon = () => { clearTimeout(resting); resting = setTimeout(keep, REST); };
  const count = () => one.findings.reduce((sum, found) => sum + found.files.length, 0)
    + Object.values(one.signatures).filter(Boolean).length;

  function bind(field, of, name) {
    const isTick = field.type === "checkbox";
    if (isTick) field.checked = of[name];
    else field.value = of[name];
    field.addEventListener("input", () => { of[name] = isTick ? field.checked : field.value; keepSoon(); });
    field.addEventListener("change", keep);
  }

  function question(asked) {
    const [block, of] = made("question");
    of("says").textContent = said(asked);
    for (const radio of block.querySelectorAll("input")) {
      radio.name = asked.id;
      radio.checked = radio.value === String(one.answers[asked.id] ?? "");
      radio.addEventListener("change", () => {
        one.answers[asked.id] = { true: true, false: false }[radio.value] ?? null;
        keep();
      });
    }
    part("questions").append(block);
  }

  function category(item) {
    const [block, of] = made("category");
    of("says").textContent = `${item.id} ${said(item)}`;
    const fine = of("fine");
    const show = () => fine.setAttribute("aria-pressed", String(one.checked.includes(item.id)));
    fine.setAttribute("aria-label", `${word("fine")}${word("colon")}${item.id}`);
    of("found").setAttribute("aria-label", `${word("found")}${word("colon")}${item.id}`);
    fine.addEventListener("click", () => {
      one.checked = one.checked.includes(item.id) ? one.checked.filter((id) => id !== item.id) : [...one.checked, item.id];
      show();
      keep();
    });
    of("found").addEventListener("click", () => {
      one.checked = one.checked.filter((id) => id !== item.id);
      show();
      add(item.id);
    });
    show();
    return block;
  }

  function finding(found) {
    const [block, of] = made("finding");
    of("legend").textContent = `${word("finding")} ${found.ref}`;
    for (const group of day.checklist) {
      const under = Object.assign(document.createElement("optgroup"), { label: said(group) });
      options(under, group.categories, (c) => `${c.id} ${said(c)}`);
      of("category").append(under);
    }
    options(of("grade"), day.grades, said);
    for (const name of ["category", "grade", "description", "illegal_operation", "suspected_crime", "imminent_danger"]) {
      bind(of(name), found, name);
    }
    of("drop").addEventListener("click", () => {
      one.findings.splice(one.findings.indexOf(found), 1);
      block.remove();
      part("more").focus();
      keep();
    });
    photosOf(of, { entryId: one.id, ref: found.ref, files, ids: found.files, day, count, save, say });
    part("findings").append(block);
    return of;
  }

  function add(category) {
    one.last = (one.last ?? 0) + 1;
    const flags = { illegal_operation: "", suspected_crime: false, imminent_danger: false };
    const found = { ref: `${one.mark}-${one.last}`, category, grade: "general", description: "", files: [], ...flags };
    one.findings.push(found);
    const of = finding(found);
    keep();
    of(category ? "description" : "category").focus();
  }

  // what was looked at without finding anything is told in the note
  function noted() {
    const seen = day.checklist.flatMap((group) => group.categories).filter((c) => one.checked.includes(c.id));
    const fine = seen.length ? word("fine_note", { list: seen.map((c) => c.id).join(word("comma")) }) : "";
    return [fine, one.remark.trim()].filter(Boolean).join("\n").slice(0, 4000);
  }

  part("subject").textContent = one.subject;
  part("place").textContent = one.place;
  part("when").textContent = when(one.observed_at);
  day.questions.forEach(question);
  for (const group of day.checklist) {
    const [block, of] = made("checklist");
    of("says").textContent = said(group);
    of("list").append(...group.categories.map(category));
    part("checklists").append(block);
  }
  one.findings.forEach(finding);
  part("more").addEventListener("click", () => add(""));
  for (const colleague of day.colleagues) part("second").append(new Option(colleague.actor.name, colleague.post_id));
  bind(part("second"), one, "second");
  bind(part("remark"), one, "remark");
  const signed = [...node.querySelectorAll("[data-signature]")].map((place) =>
    signatureOf(place, { entryId: one.id, whose: place.dataset.signature, files, held: one.signatures, save }));

  async function settled() {
    await Promise.all(signed.map((keeping) => keeping()));
    await keep();
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await settled();
    const queued = { state: "queued", command_id: crypto.randomUUID(), queued_at: Date.now(), note: noted(), tries: 0 };
    const fresh = { refusal: null, why: null, next_try: 0, attempted: false, command: null, resent: false };
    await change(one.id, (now) => now.state === "draft" ? { ...one, ...queued, ...fresh } : null);
    onQueue();
  });
  part("back").addEventListener("click", async () => { await settled(); onBack(one); });
  part("drop").addEventListener("click", () => onDrop(one));
  return { node, settled };
}
