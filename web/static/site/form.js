// One visit, written down on site. Every change is kept at once; what is queued is no longer changed here.
import { lookBack, reinspection, restart } from "./again.js";
import { isSeveral, kindOf, parted, photosIn, withLater } from "./entry.js";
import { inspection } from "./inspection.js";
import { refusalOf } from "./list.js";
import { photosOf } from "./photos.js";
import { signatureOf } from "./signature.js";
import { change, filesOf, split } from "./store.js";
import { made, when, word } from "./text.js";

const REST = 250; // milliseconds after a letter
const BODIES = { inspection, reinspection, restart, look_back: lookBack };

export async function openForm(kept, day, { say, onQueue, onBack, onDrop }) {
  const one = withLater(structuredClone(kept), day);
  const files = new Map((await filesOf(one.id)).map((file) => [file.id, file]));
  const [node, part] = made("form");
  let resting;
  let toMend = false;
  let saving = Promise.resolve();
  const taking = new Set(); // photos that are being read

  // as the form has it, for as long as it is a draft
  const save = (now) => now.state === "draft" ? structuredClone(one) : null;
  const keep = () => {
    clearTimeout(resting);
    saving = saving.then(() => change(one.id, save)).catch((trouble) => { say(word("not_kept")); console.error(trouble); });
    return saving;
  };
  const keepSoon = () => { clearTimeout(resting); resting = setTimeout(keep, REST); };
  const count = () => photosIn(one) + Object.values(one.signatures).filter(Boolean).length;

  function bind(field, of, name) {
    const isTick = field.type === "checkbox";
    if (isTick) field.checked = of[name];
    else field.value = of[name];
    field.addEventListener("input", () => { of[name] = isTick ? field.checked : field.value; keepSoon(); });
    field.addEventListener("change", keep);
  }

  // Yes, no, or not said; `group`: the name that its radios share.
  function choose(block, group, of, name, onChoice = () => {}) {
    for (const radio of block.querySelectorAll("input[type=radio]")) {
      radio.name = group;
      radio.checked = radio.value === String(of[name] ?? "");
      radio.addEventListener("change", () => {
        of[name] = { true: true, false: false }[radio.value] ?? null;
        onChoice();
        keep();
      });
    }
  }

  // `of`: the parts of the block in which they stand; `holder`: what they are about.
  const photos = (of, ref, holder) =>
    photosOf(of, { entryId: one.id, ref, files, ids: holder.files, day, count, save, say, taking });

  if (one.refusal) refusalOf(part("refused"), one);
  part("kind").textContent = word(`kind_${kindOf(one)}`);
  part("subject").textContent = one.subject;
  part("place").textContent = one.place;
  part("when").textContent = when(one.observed_at);
  const [body, of] = made(`body_${kindOf(one)}`);
  const { note = () => "", missing = () => null, doubtful = () => null, onSecond = () => {} } = BODIES[kindOf(one)](of, { one, day, keep, bind, choose, photos });
  part("body").replaceWith(body);
  for (const colleague of day.colleagues) part("second").append(new Option(colleague.actor.name, colleague.post_id));
  bind(part("second"), one, "second");
  const chosen = () => part("second").value ? part("second").selectedOptions[0].text : "";
  let second = chosen();
  part("second").addEventListener("change", () => { onSecond(chosen(), second); second = chosen(); });
  bind(part("remark"), one, "remark");
  const signed = [...node.querySelectorAll("[data-signature]")].map((place) =>
    signatureOf(place, { entryId: one.id, whose: place.dataset.signature, files, held: one.signatures, save, say }));

  async function settled() {
    await Promise.all([...taking, ...signed.map((keeping) => keeping())]);
    await keep();
  }
  part("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await settled();
    const [wrong, where] = missing() ?? [];
    toMend = Boolean(wrong);
    if (wrong) {
      say(wrong, where);
      return where.focus({ preventScroll: true });
    }
    const [doubt, there] = doubtful() ?? [];
    if (doubt && !confirm(doubt)) {
      say(doubt, there);
      toMend = true;
      return there.focus({ preventScroll: true });
    }
    const noted = [note(), one.remark.trim()].filter(Boolean).join("\n").slice(0, 4000);
    const queued = { state: "queued", command_id: crypto.randomUUID(), queued_at: Date.now(), note: noted, tries: 0 };
    const fresh = { refusal: null, why: null, next_try: 0, attempted: false, command: null, resent: false, taken_from: null };
    const waiting = { ...one, ...queued, ...fresh };
    if (isSeveral(one)) await split(one.id, (now) => now.state === "draft" ? parted(waiting) : null);
    else await change(one.id, (now) => now.state === "draft" ? waiting : null);
    onQueue();
  });
  part("form").addEventListener("input", () => { if (toMend) say(""); toMend = false; });
  part("back").addEventListener("click", async () => { await settled(); onBack(one); });
  part("drop").addEventListener("click", () => onDrop(one));
  return { node, one, settled };
}
