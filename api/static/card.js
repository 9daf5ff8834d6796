/* The card of an entity: its names, what is known of it, and its facts grouped by relation. */

import { h, button, pairs } from "./dom.js";
import { badges, proofLater, when } from "./proof.js";
import { dot, entityButton } from "./suggest.js";
import { columnLabel, entityRows, isSymmetric, kindLabel, nameOf, relationLabel, spoken, t } from "./words.js";

const propertyProof = (fact) => h("div", { className: "group" },
  columnLabel(fact.property), " ", fact.contested ? h("span", { className: "badge contested" }, t("contested")) : null, " ", proofLater(fact.id));

export function card({ entity, facts, neighbours, properties }, { open, pathFrom, close }) {
  const known = new Map([entity, ...neighbours].map((node) => [node.id, node]));
  const groups = new Map();
  for (const fact of facts) {
    const way = isSymmetric(fact.relation) ? "" : fact.subject === entity.id ? "→" : "←";
    const title = `${relationLabel(fact.relation)} ${way}`.trim();
    if (!groups.has(title)) groups.set(title, []);
    groups.get(title).push(fact);
  }
  const view = `/view/${encodeURIComponent(`neighbours:${entity.id}?depth=1`)}?lang=${spoken.lang}`;
  return h("article", { className: "card" },
    button("×", close, { className: "close", "aria-label": t("close") }),
    h("h3", { tabIndex: -1 }, dot(entity.kind), " ", nameOf(entity)),
    h("p", { className: "where" }, kindLabel(entity.kind), " · ", [entity.name_zh, entity.name_en].filter((name) => name && name !== nameOf(entity)).join(" · ")),
    pairs([[t("aliases"), (entity.alias ?? []).join(spoken.lang === "zh" ? "、" : "; ")], ...entityRows(entity), [t("id"), h("code", {}, entity.id)]]),
    h("p", { className: "links" }, h("a", { href: view, target: "_blank", rel: "noopener" }, t("see_network")), " · ",
      button(t("path_from"), () => pathFrom(entity), { className: "link" })),
    properties.filter((fact) => fact.contested).map((fact) => propertyProof(fact)),
    h("details", {}, h("summary", {}, t("proof_of_properties")), properties.filter((fact) => !fact.contested).map((fact) => propertyProof(fact))),
    h("h4", {}, `${t("facts")} (${facts.length})`),
    facts.length ? null : h("p", {}, t("no_facts")),
    [...groups].map(([title, group]) => h("section", { className: "group" },
      h("h5", {}, `${title} (${group.length})`),
      h("ul", {}, group.map((fact) => {
        const other = known.get(fact.subject === entity.id ? fact.object : fact.subject);
        return h("li", {}, entityButton(other, open), " ",
          badges(fact), " ", when(fact), " ", proofLater(fact.id));
      })))));
}
