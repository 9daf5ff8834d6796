/* The card of an entity: on what its sources differ, its names, what is known of it, which others it may
   be, and its facts grouped by relation. */

import { h, button, pairs } from "./dom.js";
import { address } from "./ask.js";
import { identityOf } from "./identity.js";
import { at } from "./moment.js";
import { badges, bothSides, possibly, proofLater, when } from "./proof.js";
import { dot, entityButton } from "./suggest.js";
import { columnLabel, entityRows, isSymmetric, kindLabel, nameOf, relationLabel, spoken, t } from "./words.js";

const propertyProof = (fact) => h("div", { className: "group" }, columnLabel(fact.property), " ", possibly(fact), " ", proofLater(fact.id));

/** `open`, `pathFrom`, `close` and `judged` are what its buttons do; `notice` is what was just judged. */
export function card({ entity, facts, neighbours, properties }, { open, pathFrom, close, judged, notice }) {
  const known = new Map([entity, ...neighbours].map((node) => [node.id, node]));
  const other = (fact) => known.get(fact.subject === entity.id ? fact.object : fact.subject);
  const way = (fact) => (isSymmetric(fact.relation) ? "" : fact.subject === entity.id ? "→" : "←");
  const groups = new Map();
  for (const fact of facts) {
    const title = `${relationLabel(fact.relation)} ${way(fact)}`.trim();
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(fact);
  }
  const contested = [...properties, ...facts].filter((fact) => fact.contested);
  const view = address(`/view/${encodeURIComponent(`neighbours:${entity.id}?depth=1`)}`, at({ lang: spoken.lang }));
  return h("article", { className: "card" },
    button("×", close, { className: "close", "aria-label": t("close") }),
    h("h3", { tabIndex: -1 }, dot(entity.kind), " ", nameOf(entity), " ", possibly(entity)),
    h("p", { className: "where" }, [kindLabel(entity.kind), ...[entity.name_zh, entity.name_en].filter((name) => name && name !== nameOf(entity))].join(" · ")),
    contested.length ? h("section", { className: "contradictions" },
      h("h4", {}, t("contradictions", { n: contested.length })),
      contested.map((fact) => bothSides(fact, fact.relation
        ? [`${relationLabel(fact.relation)} ${way(fact) || "↔"} `, entityButton(other(fact), open), " ", badges({ ...fact, contested: false })]
        : columnLabel(fact.property)))) : null,
    pairs([[t("aliases"), (entity.alias ?? []).join(spoken.lang === "zh" ? "、" : "; ")], ...entityRows(entity), [t("id"), h("code", {}, entity.id)]]),
    h("p", { className: "links" }, h("a", { href: view, target: "_blank", rel: "noopener" }, t("see_network")), " · ",
      button(t("path_from"), () => pathFrom(entity), { className: "link" })),
    h("details", {}, h("summary", {}, t("proof_of_properties")), properties.filter((fact) => !fact.contested).map(propertyProof)),
    identityOf(entity, { open, judged, notice }),
    h("h4", {}, `${t("facts")} (${facts.length})`),
    facts.length ? null : h("p", {}, t("no_facts")),
    [...groups].map(([title, group]) => h("section", { className: "group" },
      h("h5", {}, `${title} (${group.length})`),
      h("ul", {}, group.map((fact) => h("li", {}, entityButton(other(fact), open), " ", badges(fact), " ", when(fact), " ", proofLater(fact.id)))))));
}
