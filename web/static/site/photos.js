// Photos of what was found or judged: kept with their hash as soon as they are taken, shown small, taken away again.
import { hashOf } from "./command.js";
import { addFile, dropFile } from "./store.js";
import { made, word } from "./text.js";

const SIDE = 96; // pixels

// A small copy on a canvas; of what the browser cannot draw (HEIC) the name alone.
export async function draw(canvas, file) {
  try {
    const picture = await createImageBitmap(new Blob([file.bytes], { type: file.type }), { resizeHeight: SIDE * 2 });
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
  } catch {
    canvas.hidden = true;
  }
}

export async function fileOf(blob, name, entryId) {
  const bytes = await blob.arrayBuffer();
  const facts = { id: crypto.randomUUID(), entry: entryId, name, type: blob.type, size: bytes.byteLength, taken: null };
  return { ...facts, bytes, sha256: await hashOf(bytes) };
}

// Whether the office takes files of this kind; some cameras name none, and then the ending says it.
const isTaken = (accepted, { type, name }) =>
  accepted.split(",").some((one) => one === type || (one.startsWith(".") && name.toLowerCase().endsWith(one)));

// `part`: the parts of the block; `save` answers the entry as the form has it.
export function photosOf(part, { entryId, ref, files, ids, day, count, save, say, taking }) {
  const list = part("photos");

  function show(file) {
    const [node, of] = made("photo");
    of("name").textContent = file.name;
    of("remove").setAttribute("aria-label", `${word("remove")} ${file.name}`);
    of("remove").addEventListener("click", async () => {
      ids.splice(ids.indexOf(file.id), 1);
      await dropFile(file.id, entryId, save);
      node.remove();
      part("shoot").focus();
    });
    draw(of("picture"), file);
    list.append(node);
  }

  async function take(input) {
    for (const chosen of [...input.files]) {
      if (count() >= day.most_files) { say(word("too_many", { n: day.most_files }), input); break; }
      if (!isTaken(day.accepted, chosen)) { say(word("not_taken", { name: chosen.name }), input); continue; }
      if (chosen.size > day.largest_file || chosen.size === 0) { say(word("too_large", { name: chosen.name }), input); continue; }
      const suffix = /\.\w{2,5}$/.exec(chosen.name)?.[0].toLowerCase() ?? "";
      let file;
      try {
        file = await fileOf(chosen, word("photo_name", { ref, n: ids.length + 1 }) + suffix, entryId);
        if (!await addFile(file, entryId, (now) => { ids.push(file.id); return save(now); })) throw new Error("no draft any more");
        show(file);
      } catch (trouble) {
        if (file && ids.includes(file.id)) ids.splice(ids.indexOf(file.id), 1); // what is not on the disk is not named
        say(word("not_kept"), input);
        console.error(trouble);
      }
    }
    input.value = "";
  }

  for (const input of [part("shoot"), part("choose")]) {
    input.accept = input === part("shoot") ? "image/*" : day.accepted;
    input.addEventListener("change", () => {
      const photos = take(input);
      taking.add(photos);
      photos.finally(() => taking.delete(photos));
    });
  }
  for (const id of ids) if (files.has(id)) show(files.get(id));
}
