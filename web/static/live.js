// The page is told when the numbers of its list change: it shows them, and says so. Rows stay until they are asked for.
// A page that nobody looks at does not listen. Without scripts, or where the session listens enough, nothing changes.
const place = document.querySelector("[data-live]");
const line = place.querySelector("span");
const shown = JSON.parse(place.dataset.shown);
const most = Number(place.dataset.most);
let stream = null;

const tell = (now) => {
  const changed = Object.keys(now).filter((name) => now[name] !== null && now[name] !== shown[name]);
  if (!changed.length) return;
  for (const name of changed) {
    shown[name] = now[name];
    const count = document.querySelector(`[data-count="${name}"]`);
    if (count && now[name] <= most) count.textContent = now[name].toLocaleString("en");
  }
  line.hidden = false;
};

const rest = () => {
  stream?.close();
  stream = null;
};

const listen = () => {
  if (stream || document.hidden) return;
  stream = new EventSource(place.dataset.live);
  stream.addEventListener("counts", ({ data }) => tell(JSON.parse(data)));
  stream.addEventListener("ended", rest);
};

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("pagehide", rest);
addEventListener("pageshow", listen);
