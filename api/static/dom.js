/* Elements whose content is always text: nothing from data is read as HTML. */

export const $ = (id) => document.getElementById(id);

/** An element with properties and children; `onclick` and the like are listeners, strings are text. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && name !== "form") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export const button = (text, onclick, properties = {}) => h("button", { type: "button", onclick, ...properties }, text);

/** Name and value pairs; empty values are left out. */
export function pairs(rows) {
  const kept = rows.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? h("dl", {}, kept.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])) : null;
}

/** What a field holds, as the API takes it: the id of the entity that was chosen, else the text; of a box that
    may be ticked true or false, of a menu of several those chosen. */
export function held(input) {
  if (input.type === "checkbox") return String(input.checked);
  if (input.multiple) return [...input.selectedOptions].map((option) => option.value).join(",");
  return input.dataset.id || input.value.trim();
}

/** Fill a field with such a text. A menu that does not offer it gets it as it is, so that nothing asked for is
    lost without a word. */
export function hold(input, text) {
  if (input.type === "checkbox") {
    input.checked = text === "true";
    return;
  }
  if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === text)) {
    input.append(h("option", { value: text }, text));
  }
  input.value = text;
}
