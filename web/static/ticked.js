// How many rows of a list are ticked is said where they are acted on, and a page of them is ticked at once. Without
// scripts each is ticked by itself.
const boxes = () => [...document.querySelectorAll("td.tick input")];

function show() {
  const rows = boxes();
  const n = rows.filter((box) => box.checked).length;
  for (const count of document.querySelectorAll("[data-ticked]")) {
    count.textContent = n ? count.dataset.ticked.replace("{n}", n) : "";
  }
  for (const all of document.querySelectorAll("[data-tick-all]")) {
    all.parentElement.hidden = rows.length < 2;
    all.checked = n > 0 && n === rows.length;
    all.indeterminate = n > 0 && n < rows.length;
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-tick-all]")) for (const box of boxes()) box.checked = target.checked;
  if (target.matches?.("[data-tick-all], td.tick input")) show();
});
document.addEventListener("htmx:after:swap", show);
addEventListener("pageshow", show);
