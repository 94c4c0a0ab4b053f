// An inspection: the three questions, the checklist, and what was found.
import { findingsOf, numberOf } from "./findings.js";
import { categorySaid, made, said, shortSaid, word } from "./text.js";

export function inspection(part, form) {
  const { one, day, keep, choose } = form;
  const shows = []; // how each item of the checklist stands
  const add = findingsOf(part, form, () => shows.forEach((show) => show()));

  function question(asked) {
    const [block, of] = made("question");
    of("says").textContent = said(asked);
    choose(block, asked.id, one.answers, asked.id);
    part("questions").append(block);
  }

  function category(item) {
    const [block, of] = made("category");
    of("says").textContent = categorySaid(item);
    const fine = of("fine");
    const show = () => {
      const found = one.findings.filter((one) => one.category === item.id);
      if (found.length) one.checked = one.checked.filter((id) => id !== item.id); // it is not in order
      fine.disabled = found.length > 0;
      fine.setAttribute("aria-pressed", String(one.checked.includes(item.id)));
      of("recorded").textContent = found.length ? word("recorded", { list: found.map(numberOf).join(word("comma")) }) : "";
      of("found").textContent = word(found.length ? "found_more" : "found");
    };
    fine.setAttribute("aria-label", `${word("fine")}${word("colon")}${shortSaid(item)}`);
    of("found").setAttribute("aria-label", `${word("found")}${word("colon")}${shortSaid(item)}`);
    fine.addEventListener("click", () => {
      one.checked = one.checked.includes(item.id) ? one.checked.filter((id) => id !== item.id) : [...one.checked, item.id];
      show();
      keep();
    });
    of("found").addEventListener("click", () => add(item.id));
    shows.push(show);
    show();
    return block;
  }

  // what was looked at without finding anything is told in the note
  function note() {
    const seen = day.checklist.flatMap((group) => group.categories).filter((c) => one.checked.includes(c.id));
    return seen.length ? word("fine_note", { list: seen.map(shortSaid).join(word("comma")) }) : "";
  }

  day.questions.forEach(question);
  for (const group of day.checklist) {
    const [block, of] = made("checklist");
    of("says").textContent = said(group);
    of("list").append(...group.categories.map(category));
    part("checklists").append(block);
  }
  // What was found against an answer, as the case would refuse it.
  function contradicted() {
    const items = new Map(day.checklist.flatMap((group) => group.categories).map((c) => [c.id, c]));
    for (const found of one.findings) {
      const { denies = [], affirms = [] } = items.get(found.category) ?? {}; // a day of before says nothing of it
      const against = day.questions.find(({ id }) => (denies.includes(id) && one.answers[id] === true)
        || (affirms.includes(id) && found.grade === "major" && one.answers[id] === false));
      if (!against) continue;
      const place = part("questions").querySelectorAll("fieldset")[day.questions.indexOf(against)];
      return [word("contradicted", { list: said(against), ref: numberOf(found) }), place.querySelector("input:checked")];
    }
    return null;
  }

  // nothing found is said by answering all three questions
  function missing() {
    const wrong = contradicted();
    if (wrong) return wrong;
    const open = day.questions.find(({ id }) => one.answers[id] === null);
    if (one.findings.length || !open) return null;
    return [word("answers_missing"), part("questions").querySelectorAll("fieldset")[day.questions.indexOf(open)].querySelector("input")];
  }

  return { note, missing };
}
