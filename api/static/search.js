/* All matches of a name, page by page, counted by kind and by place; a count is a filter. */

import { $, button, h } from "./dom.js";
import { ask } from "./ask.js";
import * as moment from "./moment.js";
import { dot, marked } from "./suggest.js";
import { kindLabel, nameOf, spoken, t } from "./words.js";

const PAGE = 20;
const PLACES = 12; // how many places are offered at first

/** The list of matches in its place on the page. `open` shows an entity, `remember` writes what is asked into
    the address, `trouble` puts a problem into words. */
export function matches({ open, remember, trouble }) {
  const place = $("matches");
  let turn = 0;

  /** Show what is asked: a name, a kind and a place, each maybe empty. */
  async function show(asked) {
    const mine = ++turn;
    if (!asked.find) return place.replaceChildren();
    place.replaceChildren(h("p", { className: "where" }, t("looking")));
    try {
      const found = await page(asked);
      if (mine === turn) place.replaceChildren(...list(asked, found));
    } catch (problem) {
      if (mine === turn) place.replaceChildren(...trouble(problem, (item) => choose(asked, { "find.place": item.id })));
    }
  }

  const page = (asked, cursor) => ask("/v1/search", moment.at({
    q: asked.find, kind: asked["find.kind"], place: asked["find.place"], limit: PAGE, cursor,
  }));

  function choose(asked, change) {
    const next = { find: asked.find, "find.kind": asked["find.kind"] ?? "", "find.place": asked["find.place"] ?? "", ...change };
    remember(next, "#entities");
    return show(next);
  }

  function list(asked, found) {
    const items = h("ul", { className: "matches" }, found.items.map(entry));
    const more = button(t("more_matches"), async () => {
      try {
        const next = await page(asked, more.dataset.next);
        items.append(...next.items.map(entry));
        continued(more, next);
      } catch (problem) {
        more.replaceWith(...trouble(problem, () => {}));
      }
    }, { className: "quiet" });
    continued(more, found);
    const close = button("×", () => {
      choose({ find: "" }, { "find.kind": "", "find.place": "" });
      $("entity").focus();
    }, { className: "close", "aria-label": t("close") });
    return [h("div", { className: "card" }, close,
      h("h3", { tabIndex: -1 }, t("n_matches", { n: found.total, text: asked.find })),
      found.fuzzy ? h("p", { className: "where" }, t("near_matches")) : null,
      facets(asked, "find.kind", t("by_kind"), found.facets.kind),
      facets(asked, "find.place", t("by_place"), found.facets.place),
      items, more)];
  }

  function continued(more, found) {
    more.dataset.next = found.next ?? "";
    more.hidden = found.next === null;
  }

  /** The counts of a facet as buttons; the one that is chosen is pressed, and takes itself back. */
  function facets(asked, name, title, counted) {
    const chosen = asked[name];
    const shown = [...counted].sort((a, b) => (b.value === chosen) - (a.value === chosen));
    if (!shown.length) return null;
    const buttons = shown.map((facet) => {
      const pressed = facet.value === chosen;
      return button(`${facet[spoken.lang]} ${facet.count}`, () => choose(asked, { [name]: pressed ? "" : facet.value }), { "aria-pressed": String(pressed) });
    });
    const rest = buttons.slice(PLACES);
    for (const one of rest) one.hidden = true;
    const all = rest.length ? button(t("n_more", { n: rest.length }), () => {
      for (const one of rest) one.hidden = false;
      all.remove();
    }, { className: "link" }) : null;
    return h("div", { className: "facets", role: "group", "aria-label": title }, h("span", { className: "where" }, title), buttons, all);
  }

  function entry(item) {
    const name = nameOf(item);
    return h("li", {},
      h("button", { type: "button", className: "link", onclick: () => open(item.id) }, dot(item.kind), name === item.matched ? marked(name, item.highlight) : name),
      name === item.matched ? null : h("span", { className: "where" }, marked(item.matched, item.highlight)),
      h("span", { className: "where kind" }, kindLabel(item.kind)));
  }

  return { show, ask: (text) => choose({ find: text }, { "find.kind": "", "find.place": "" }) };
}
