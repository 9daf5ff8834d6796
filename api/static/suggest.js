/* Suggestions while a name is typed: an ARIA combobox with a listbox, by keyboard or pointer. */

import { h } from "./dom.js";
import { ask } from "./ask.js";
import { colour, kindLabel, nameOf, t } from "./words.js";

const PAUSE = 150; // ms without typing before suggestions are asked for

/** Make an input suggest entities. `chosen` is called with the item; the input shows its name and
    keeps its id in `dataset.id` until the text is changed. */
export function suggest(input, chosen = () => {}) {
  const list = h("ul", { id: `${input.id}-list`, className: "suggestions", role: "listbox", "aria-label": t("suggestions"), hidden: true });
  const status = h("span", { className: "unseen", role: "status" });
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off",
  })) input.setAttribute(name, value);
  input.after(list, status);
  let items = [];
  let active = -1;
  let timer = 0;
  let asked = null;

  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    status.textContent = "";
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function take(item) {
    input.value = nameOf(item);
    input.dataset.id = item.id;
    close();
    chosen(item);
  }

  function mark(index) {
    active = (index + items.length) % items.length;
    for (const [i, option] of list.querySelectorAll("[role=option]").entries()) {
      option.setAttribute("aria-selected", String(i === active));
      if (i === active) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    }
  }

  function show() {
    const near = items.some((item) => item.fuzzy);
    list.replaceChildren(...(near ? [h("li", { className: "near", role: "presentation" }, t("near_names"))] : []), ...items.map((item, i) => h("li", {
      id: `${list.id}-${i}`, role: "option", "aria-selected": "false",
      onpointerdown: (event) => {
        event.preventDefault();
        take(item);
      },
    }, dot(item.kind), h("span", { className: "name" }, nameOf(item) === item.matched ? marked(item.matched, item.highlight) : nameOf(item)),
    nameOf(item) === item.matched ? null : h("span", { className: "where" }, marked(item.matched, item.highlight)),
    h("span", { className: "where kind" }, kindLabel(item.kind)))));
    list.hidden = !items.length;
    active = -1;
    input.setAttribute("aria-expanded", String(Boolean(items.length)));
    status.textContent = `${near ? `${t("near_names")} ` : ""}${t("n_suggestions", { n: items.length })}`;
  }

  async function look() {
    const text = input.value.trim();
    if (!text) return close();
    asked?.abort();
    asked = new AbortController();
    try {
      ({ items } = await ask("/v1/suggest", { q: text, limit: 8 }, { signal: asked.signal }));
      if (document.activeElement === input) show();
    } catch {
      // Suggestions are a help: without them the name is still asked for as typed.
    }
  }

  input.addEventListener("input", () => {
    delete input.dataset.id;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) look();
      else mark(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (event.key === "Enter") {
      if (!list.hidden && active >= 0) {
        event.preventDefault();
        take(items[active]);
      } else close();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
}

/** The name of an entity; a click opens its card. */
export const entityButton = (node, open) =>
  h("button", { type: "button", className: "link", onclick: () => open(node.id) }, dot(node.kind), nameOf(node));

/** A name with what was met in it set off. Ranges [start, end) count characters, as the API does. */
export function marked(text, ranges) {
  const chars = Array.from(text);
  const between = ranges.map(([, end], i) => chars.slice(end, ranges[i + 1]?.[0]).join(""));
  return [chars.slice(0, ranges[0]?.[0]).join(""), ...ranges.flatMap(([start, end], i) => [h("mark", {}, chars.slice(start, end).join("")), between[i]])];
}

export function dot(kind) {
  const mark = h("span", { className: "dot", "aria-hidden": "true" });
  mark.style.background = colour(kind);
  return mark;
}
