// An inspection: the three questions, the checklist, and what was found.
import { findingsOf } from "./findings.js";
import { categorySaid, made, said, shortSaid, word } from "./text.js";

export function inspection(part, form) {
  const { one, day, keep, choose } = form;
  const add = findingsOf(part, form);

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
    const show = () => fine.setAttribute("aria-pressed", String(one.checked.includes(item.id)));
    fine.setAttribute("aria-label", `${word("fine")}${word("colon")}${shortSaid(item)}`);
    of("found").setAttribute("aria-label", `${word("found")}${word("colon")}${shortSaid(item)}`);
    fine.addEventListener("click", () => {
      one.checked = one.checked.includes(item.id) ? one.checked.filter((id) => id !== item.id) : [...one.checked, item.id];
      show();
      keep();
    });
    of("found").addEventListener("click", () => {
      one.checked = one.checked.filter((id) => id !== item.id);
      show();
      add(item.id);
    });
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
  // nothing found is said by answering all three questions
  function missing() {
    const open = day.questions.find(({ id }) => one.answers[id] === null);
    if (one.findings.length || !open) return null;
    return [word("answers_missing"), part("questions").querySelectorAll("fieldset")[day.questions.indexOf(open)].querySelector("input")];
  }

  return { note, missing };
}
