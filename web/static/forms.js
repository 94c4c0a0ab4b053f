// What holds for every form of a page. Enter that takes pinyin sends nothing. A form is sent once, however often its
// button is pressed. After it was sent, focus is where the answer stands. Without scripts the server does the same but
// for focus: a command has its id.
const AGAIN = 5000; // milliseconds after which a form that got no answer may be sent again

let composing = null; // the field in which pinyin stands that is not chosen yet
document.addEventListener("compositionstart", ({ target }) => { composing = target; }, true);
document.addEventListener("compositionend", () => { composing = null; }, true);

// 229 is a key that the input method has taken, also where it comes late
document.addEventListener("keydown", (event) => {
  const isTaken = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && isTaken && event.target.matches?.("input")) event.preventDefault();
}, true);

const sent = new Map();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const isComposing = composing?.isConnected && composing.form === form;
  if (isComposing || (form.method === "post" && Date.now() - (sent.get(form) ?? -AGAIN) < AGAIN)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) sent.set(event.target, Date.now());
});
addEventListener("pageshow", () => sent.clear());

// What answers a form is no page that the browser could ask for once more: whoever comes back to it gets the form.
if ("answer" in document.documentElement.dataset) history.replaceState(history.state, "", location.href);

const answer = document.querySelector("main .refused[role=alert]:not([hidden]), main section[role=alert], main .effect[role=alert], main .done[role=status]");
if (answer && !location.hash && document.activeElement === document.body) {
  answer.tabIndex = -1;
  answer.focus();
}

// Text may be longer than it is taken: what was pasted stays, is counted once it comes near, and is not sent.
const NEAR = 0.8;
const filled = (text, facts) => Object.entries(facts).reduce((said, [name, n]) => said.replace(`{${name}}`, n.toLocaleString("en")), text);

function counted(field) {
  const most = Number(field.dataset.most);
  const n = [...field.value].length;
  const { counted: some, tooLong } = field.dataset;
  field.setCustomValidity(n > most ? filled(tooLong, { n, most }) : "");
  let line = field.parentElement.querySelector(":scope > .counter");
  if (!line && n < most * NEAR) return;
  if (!line) {
    line = Object.assign(document.createElement("small"), { className: "counter" });
    line.setAttribute("role", "status");
    field.after(line);
  }
  line.hidden = n < most * NEAR;
  line.classList.toggle("late", n > most);
  line.textContent = filled(n > most ? tooLong : some, { n, most });
}

document.addEventListener("input", ({ target }) => { if (target.dataset?.tooLong) counted(target); });
addEventListener("pageshow", () => document.querySelectorAll("[data-too-long]").forEach(counted));

// What is wrong with a field that is folded away is told there: it is unfolded.
document.addEventListener("invalid", ({ target }) => {
  for (let block = target.closest("details"); block; block = block.parentElement.closest("details")) block.open = true;
}, true);
