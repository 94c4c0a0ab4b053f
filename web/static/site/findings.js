// Findings as they are written down on site, each with its photos.
import { categorySaid, made, options, said, word } from "./text.js";

export const numberOf = (found) => found.ref.slice(found.ref.lastIndexOf("-") + 1);

// `part`: the parts of the block in which they stand; `changed`: told when one comes, goes or has another category. What it
// answers adds one.
export function findingsOf(part, { one, day, keep, bind, photos }, changed = () => {}) {
  function show(found) {
    const [block, of] = made("finding");
    of("legend").textContent = `${word("finding")} ${numberOf(found)}`;
    of("ref").textContent = found.ref;
    block.dataset.ref = found.ref;
    for (const group of day.checklist) {
      const under = Object.assign(document.createElement("optgroup"), { label: said(group) });
      options(under, group.categories, categorySaid);
      of("category").append(under);
    }
    options(of("grade"), day.grades, said);
    for (const name of ["category", "grade", "description", "illegal_operation", "suspected_crime", "imminent_danger"]) {
      bind(of(name), found, name);
    }
    of("category").addEventListener("change", changed);
    of("drop").addEventListener("click", () => {
      one.findings.splice(one.findings.indexOf(found), 1);
      block.remove();
      changed();
      part("more").focus();
      keep();
    });
    photos(of, found.ref, found);
    part("findings").append(block);
    return of;
  }

  function add(category) {
    one.last = (one.last ?? 0) + 1;
    const flags = { illegal_operation: "", suspected_crime: false, imminent_danger: false };
    const found = { ref: `${one.mark}-${one.last}`, category, grade: "", description: "", files: [], ...flags };
    one.findings.push(found);
    const of = show(found);
    changed();
    keep();
    of(category ? "description" : "category").focus();
  }

  one.findings.forEach(show);
  part("more").addEventListener("click", () => add(""));
  return add;
}
