// A signature drawn with a finger: a picture of the inspection, kept at the end of each stroke.
import { fileOf } from "./photos.js";
import { addFile, dropFile } from "./store.js";
import { word } from "./text.js";

const INK = "#14202d";

// `place`: the block of one signature; `held`: the ids of the signatures, by whose they are.
export function signatureOf(place, { entryId, whose, files, held, save, say }) {
  const canvas = place.querySelector("canvas");
  const ink = canvas.getContext("2d");
  let last = null;
  let changes = 0;
  const isKept = place.querySelector("[data-part=is_kept]");
  let keeping = Promise.resolve();

  function wipe() {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };

  const tellKept = () => { isKept.textContent = held[whose] ? word("signature_kept") : ""; };

  // Does the `work` after what was begun before, and tells that the last change is on the disk.
  function keepBy(work) {
    const mine = changes;
    keeping = keeping.then(work).then(() => { if (mine === changes) tellKept(); })
      .catch((trouble) => { say(word("not_kept")); console.error(trouble); });
  }

  async function keep() {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const file = await fileOf(blob, `${word(`signature_${whose}`)}.png`, entryId);
    const before = held[whose];
    try {
      await addFile(file, entryId, (now) => { held[whose] = file.id; return save(now); });
    } catch (trouble) {
      held[whose] = before; // what is not on the disk is not named
      throw trouble;
    }
    if (before) await dropFile(before, entryId, save);
  }

  async function drop() {
    const before = held[whose];
    held[whose] = "";
    if (before) await dropFile(before, entryId, save);
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    changes += 1;
    isKept.textContent = "";
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = at(event);
    ink.strokeStyle = INK;
    ink.lineWidth = 4;
    ink.lineCap = ink.lineJoin = "round";
    ink.beginPath();
    ink.moveTo(...last);
    ink.lineTo(...next);
    ink.stroke();
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (!last) return;
      last = null;
      keepBy(keep);
    });
  }
  place.querySelector("[data-part=clear]").addEventListener("click", () => {
    wipe();
    changes += 1;
    keepBy(drop);
  });

  wipe();
  tellKept();
  const file = files.get(held[whose]);
  if (file) createImageBitmap(new Blob([file.bytes])).then((picture) => ink.drawImage(picture, 0, 0)).catch(console.error);
  return () => keeping;
}
