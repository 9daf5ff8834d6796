/* What a load would change: how many facts of each sort, who is new, and the first differences. */

import { h } from "./dom.js";
import { address } from "./ask.js";
import { number } from "./findings.js";
import { inWords, kindLabel, names, propertyOf, relationLabel, spoken, statusLabel, t } from "./words.js";

const NAMED = 12; // new entities that are named
const SAID = 5; // counts that are said also when they are zero
const PAIRS = 20; // pairs that may be one that are listed

/** The names that the differences give to who they speak of. */
function called({ differences }) {
  const found = new Map();
  const order = spoken.lang === "zh" ? ["name_en", "name_zh"] : ["name_zh", "name_en"];
  for (const name of order) for (const item of differences) if (item.name === name && item.after) found.set(item.subject, item.after);
  return found;
}

/** The new entities among the differences: [id, kind, name]. */
export function newEntities(plan) {
  const name = called(plan);
  return plan.differences.filter((item) => item.name === "kind" && item.change === "new").map((item) => [item.subject, item.after, name.get(item.subject) ?? item.subject]);
}

export const inExplorer = (id) => address("/", { lang: spoken.lang, entity: id }) + "#entities";

/** The section; a load that was applied tells what has changed. */
export function differenceOf(load) {
  const { plan } = load;
  const { facts, claims, entities, identities, differences } = plan;
  const every = facts.new + facts.changed + facts.confirmed;
  const counts = [["entities_new", entities.new], ["facts_new", facts.new], ["facts_changed", facts.changed], ["facts_confirmed", facts.confirmed],
    ["claims_new", claims.new], ["claims_unchanged", claims.unchanged], ["queued", identities.queued],
    ["proposed", identities.proposed === null ? t("too_many") : identities.proposed]].filter(([, value], i) => value || i < SAID);
  const fresh = newEntities(plan);
  const known = new Set(fresh.map(([id]) => id));
  const name = called(plan);
  const applied = load.state === "applied";
  const who = (id) => {
    if (!id) return "";
    const title = name.get(id);
    const shown = title ? [title, h("br"), h("code", {}, id)] : h("code", {}, id);
    return known.has(id) && !applied ? shown : h("a", { href: inExplorer(id) }, shown);
  };
  return h("section", { id: "difference", "aria-labelledby": "difference-title" },
    h("h2", { id: "difference-title" }, applied ? t("plan_done") : t("plan_title")),
    h("ul", { className: "figures" }, counts.map(([words, value]) => h("li", {}, h("strong", {}, typeof value === "number" ? number(value) : value), " ", t(words)))),
    fresh.length ? h("p", {}, t("new_entities"), " ", fresh.slice(0, NAMED).map(([id, kind, title], i) => [i ? t("list_mark") : "", `${title} (${kindLabel(kind)})`]),
      entities.new > NAMED ? [t("list_mark"), t("and_more", { n: number(entities.new) })] : null) : null,
    identities.pairs.length ? [h("h4", {}, t("pairs")), h("ul", { className: "proposals" }, identities.pairs.slice(0, PAIRS).map((pair) => h("li", {},
      h("div", { className: "two" }, h("span", {}, who(pair.a)), h("span", { className: "badge possible" }, pair.verdict === "same" ? t("pair_same") : t("pair_related")), h("span", {}, who(pair.b))),
      h("p", { className: "where", lang: "en" }, pair.because))))] : null,
    differences.length ? table(differences, who, applied) : h("p", {}, t("no_differences")),
    every > differences.length ? h("p", { className: "where" }, t("first_differences", { n: number(differences.length), all: number(every) })) : null,
    applied ? null : h("p", { className: "links" }, h("a", { href: `/v1/loads/${load.id}/plan`, download: "plan.jsonl" }, t("plan_file"))));
}

/** A value as the difference tells it, with the words of the model for its codes. */
function value(name, text) {
  if (text === null) return "";
  if (name === "kind") return kindLabel(text);
  if (propertyOf(name)) return inWords(propertyOf(name), text);
  const statuses = names("statuses");
  return text.split(" · ").map((part) => {
    const [, key, said] = /^(\w+)=(.*)$/s.exec(part) ?? [];
    const property = key && propertyOf(key, name);
    if (property) return `${property[spoken.lang]} ${inWords(property, said)}`;
    return statuses.includes(part) ? statusLabel(part) : part;
  }).join(" · ");
}

function table(differences, who, applied) {
  const factName = (name) => (name === "kind" ? t("kind_of") : propertyOf(name)?.[spoken.lang] ?? relationLabel(name));
  const heads = ["change", "subject", "fact", "object", "before", "after"];
  const title = (head) => (head === "after" && applied ? t("now") : t(head));
  const cell = (head, ...content) => h("td", { role: "cell", className: `of-${head}`, "data-name": title(head) }, content);
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": t("plan_title") },
    h("table", { className: "stacked", role: "table" }, h("caption", { className: "unseen" }, t("plan_title")),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((head) => h("th", { scope: "col", role: "columnheader" }, title(head))))),
      h("tbody", { role: "rowgroup" }, differences.map((item) => h("tr", { role: "row" },
        cell("change", h("span", { className: `badge ${item.change}` }, t(`change_${item.change}`)), item.contested ? [" ", h("span", { className: "badge contested" }, t("contested"))] : null),
        cell("subject", who(item.subject)), cell("fact", factName(item.name)), cell("object", who(item.object)),
        cell("before", value(item.name, item.before)), cell("after", value(item.name, item.after)))))));
}

/** What was added, and how to look at it or take it back. */
export function outcomeOf(load) {
  const { report, plan, sources } = load;
  const values = { n: number(report.added), unchanged: number(report.unchanged), version: report.version };
  const links = newEntities(plan).slice(0, 5).map(([id, , title]) => h("a", { href: inExplorer(id) }, title));
  const shown = links.length ? links : [h("a", { href: address("/", { lang: spoken.lang }) }, t("look_explorer"))];
  return h("div", { id: "outcome", className: "notice" },
    h("p", {}, report.added === 1 ? t("applied_one", values) : t("applied_many", values)),
    h("p", {}, t("look"), " ", shown.flatMap((link, i) => [i ? t("list_mark") : "", link])),
    sources.length ? [h("p", {}, t("take_back")), h("ul", { className: "commands" }, sources.slice(0, 10).map((source) => h("li", {}, h("code", {}, `parkgraph retract ${source}`))))] : null);
}
