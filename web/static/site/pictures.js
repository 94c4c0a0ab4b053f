// Small photos of what was found and what was put right, taken along to be looked at without a network.
import { draw } from "./photos.js";
import { dropPictures, keepPicture, picture, pictureKeys } from "./store.js";
import { made, word } from "./text.js";

const ofVisit = ({ again }) => [...(again?.verdicts ?? []), ...(again?.put_right ?? [])];
const ofEntry = (one) => [...(one.verdicts ?? []).map((verdict) => verdict.known), ...(one.put_right ?? [])];

// Those of the day and of what is being written down; all others go.
export async function takeAlong(day, entries) {
  const findings = [...day.cases.flatMap(ofVisit), ...entries.flatMap(ofEntry)];
  const wanted = new Map(findings.flatMap(({ photos }) => photos).map((photo) => [photo.sha256, photo]));
  const kept = new Set(await pictureKeys());
  await dropPictures([...kept].filter((sha256) => !wanted.has(sha256)));
  for (const { sha256, address } of wanted.values()) {
    if (kept.has(sha256)) continue;
    const told = await fetch(address, { redirect: "error" });
    const type = told.headers.get("content-type") ?? "";
    if (told.ok && type.startsWith("image/")) await keepPicture({ sha256, type, bytes: await told.arrayBuffer() });
  }
}

export async function showPictures(list, { ref, photos }) {
  for (const { sha256, is_after: isAfter } of photos) {
    const file = await picture(sha256);
    if (!file) continue;
    const [node, of] = made("picture");
    const side = word(isAfter ? "after" : "before");
    of("side").textContent = side;
    of("picture").setAttribute("aria-label", `${ref} ${side}`);
    await draw(of("picture"), file);
    list.append(node);
  }
}
