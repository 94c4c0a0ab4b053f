// A signature drawn with a finger: a picture of the inspection, kept at the end of each stroke.
import { fileOf } from "./photos.js";
import { addFile, dropFile } from "./store.js";
import { word } from "./text.js";

const INK = "#14202d";

// `place`: the block of one signature; `held`: the ids of the signatures, by whose they are.
export function signatureOf(place, { entryId, whose, files, held, save }) {
  const canvas = place.querySelector("canvas");
  const ink = canvas.getContext("2d");
  let last = null;
  let keeping = Promise.resolve();

  function wipe() {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };

  async function keep() {
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const file = await fileOf(blob, `${word(`signature_${whose}`)}.png`, entryId);
    const before = held[whose];
    await addFile(file, entryId, (now) => { held[whose] = file.id; return save(now); });
    if (before) await dropFile(before, entryId, save);
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
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
      keeping = keeping.then(keep).catch(console.error);
    });
  }
  place.querySelector("[data-part=clear]").addEventListener("click", () => {
    wipe();
    keeping = keeping.then(async () => {
      const before = held[whose];
      held[whose] = "";
      if (before) await dropFile(before, entryId, save);
    }).catch(console.error);
  });

  wipe();
  const file = files.get(held[whose]);
  if (file) createImageBitmap(new Blob([file.bytes])).then((picture) => ink.drawImage(picture, 0, 0)).catch(console.error);
  return () => keeping;
}
