// A search field asks ("typed", which the form waits for) when typing has come to rest, and never while pinyin is
// composed. A search is one entry of the browser's history, made by its first letters and rewritten by those after;
// Enter, or leaving the field, ends it. Without scripts the form is sent by its button.
"use strict";
{
  const REST = 400; // milliseconds
  let resting; // the time-out after which typing has come to rest
  let composing = null; // the field in which pinyin stands that is not chosen yet
  let hasEntry = false; // the present search stands in the history
  let hasEnded = true; // the next letter begins another search

  const isSearch = (target) => target.matches?.("form[hx-get] input[type=search]");
  const isComposing = () => composing?.isConnected ?? false;
  const askAfterRest = (field) => {
    clearTimeout(resting);
    resting = setTimeout(() => field.dispatchEvent(new CustomEvent("typed", { bubbles: true })), REST);
  };

  document.addEventListener("focusin", ({ target }) => { if (isSearch(target)) hasEnded = true; });
  document.addEventListener("input", ({ target }) => {
    if (!isSearch(target)) return;
    if (hasEnded) hasEntry = hasEnded = false;
    if (!isComposing()) askAfterRest(target);
  });
  document.addEventListener("compositionstart", ({ target }) => {
    if (!isSearch(target)) return;
    composing = target;
    clearTimeout(resting);
    target.form.dispatchEvent(new CustomEvent("htmx:abort")); // its answer would come in between
  });
  document.addEventListener("compositionend", ({ target }) => {
    if (target !== composing) return;
    composing = null;
    askAfterRest(target);
  });
  // Enter takes the pinyin as it stands; 229 is a key that the input method has taken, also where it comes late
  document.addEventListener("keydown", (event) => {
    const isTaken = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && isTaken && isSearch(event.target)) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (isComposing()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    clearTimeout(resting);
    hasEnded = true;
  }, true);

  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    if (!ctx.hx?.pushurl || !ctx.sourceElement.matches?.("form[hx-get]")) return;
    const isSearching = ctx.sourceEvent.type !== "change";
    const isShown = new URL(ctx.hx.pushurl, location.href).href === location.href;
    if (isShown || (isSearching && hasEntry)) {
      ctx.hx.replaceurl = ctx.hx.pushurl;
      delete ctx.hx.pushurl;
    }
    if (isSearching && !isShown) hasEntry = true; // else it is the late answer to an Enter: that search is over
  });
}
