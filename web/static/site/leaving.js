// Where nobody is signed in, nobody's day and page stay on the telephone; what waits to be sent does, and is told.
import { leave, unsent } from "./store.js";

const place = document.querySelector("[data-unsent]");
const isLeft = place.dataset.unsent === "left";
const count = isLeft ? await leave() : (await unsent()).filter((one) => one.person === place.dataset.unsent).length;
if (isLeft) await globalThis.caches?.delete("site");
place.hidden = count === 0;
place.textContent = place.textContent.replace("{n}", count);
