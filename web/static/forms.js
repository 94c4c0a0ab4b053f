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

const answer = document.querySelector("main .refused[role=alert]:not([hidden]), main section[role=alert], main .done[role=status]");
if (answer && !location.hash && document.activeElement === document.body) {
  answer.tabIndex = -1;
  answer.focus();
}
