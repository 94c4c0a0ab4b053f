// The words of the page, which stand in its templates, in the language of the page.
const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const words = document.getElementById("words").content;
const EIGHT_HOURS = 8 * 3600 * 1000; // Beijing
const DAY = 24 * 3600 * 1000;

export const said = (names) => names?.[lang] ?? "";

export function word(key, facts = {}) {
  const found = words.querySelector(`[data-word="${key}"]`).textContent;
  return Object.entries(facts).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), found);
}

export const when = (instant) =>
  new Date(Date.parse(instant) + EIGHT_HOURS).toISOString().slice(0, 16).replace("T", " ");

// A category with its number in the notice; the closing sentence has none.
export const categorySaid = (category) => category.id === "other" ? said(category) : `${category.id} ${said(category)}`;
export const shortSaid = (category) => category.id === "other" ? said(category) : category.id;

// Until when, and how long that is from now by the campaign's time.
export function dueSaid({ due, due_at: dueAt }, day) {
  const left = Date.parse(dueAt) - (Date.now() + day.ahead);
  const days = Math.floor(Math.abs(left) / DAY);
  const key = left <= 0 ? (days ? "days_late" : "today_late") : (days ? "days_left" : "within_a_day");
  return word("due", { when: due, left: word(key, { n: days }) });
}

// A copy of the template, and a way to its parts by their `data-part`.
export function made(template) {
  const node = document.getElementById(template).content.firstElementChild.cloneNode(true);
  return [node, (part) => node.querySelector(`[data-part="${part}"]`)];
}

export function options(select, list, name) {
  for (const one of list) select.append(new Option(name(one), one.id));
}
