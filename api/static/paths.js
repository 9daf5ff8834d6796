/* "How are two organisations connected?": the paths with the proof of every hop, or why there is none. */

import { h, pairs } from "./dom.js";
import { address, askOnce } from "./ask.js";
import { at } from "./moment.js";
import { badges, claims, outcomeOf, possibly, sourceLine, when } from "./proof.js";
import { entityButton } from "./suggest.js";
import { factRows, isSymmetric, kindLabel, lineOf, nameOf, relationLabel, spoken, statusLabel, t } from "./words.js";

const FORMATS = ["graphml", "gexf", "json", "csv"];

/** The selection that the views and downloads of an answer take. */
export function selectionOf(answer, parameters) {
  const filters = Object.entries(parameters).filter(([name, value]) => !["from", "to", "robustness"].includes(name) && value !== "");
  const query = filters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `path:${answer.from.id}..${answer.to.id}${query ? `?${query}` : ""}`;
}

export function showPaths(answer, parameters, openEntity) {
  const nodes = new Map(answer.nodes.map((node) => [node.id, node]));
  const entity = (id) => entityButton(nodes.get(id), openEntity);
  if (!answer.paths.length) return [none(answer, nodes, entity)];
  const selection = selectionOf(answer, parameters);
  const view = `/view/${encodeURIComponent(selection)}?lang=${spoken.lang}`;
  return [
    h("h3", { className: "found" }, t(parameters.all_shortest ? "shortest_found" : "paths_found", { n: answer.paths.length, k: parameters.k ?? 3 })),
    answer.from.members || answer.to.members ? h("p", { className: "pair" }, nameOf(answer.from), " … ", nameOf(answer.to)) : null,
    answer.cut ? h("p", { className: "where" }, t("cut")) : null,
    h("div", { className: "answer" },
      h("div", { className: "chains" }, answer.robustness ? robust(answer.robustness, entity) : null, answer.paths.map((path, i) => chain(path, i, nodes, entity))),
      h("div", { className: "beside" },
        h("h4", {}, t("picture")),
        h("iframe", { src: view, title: t("picture"), loading: "lazy" }),
        h("p", { className: "links" }, h("a", { href: view, target: "_blank", rel: "noopener" }, t("open_view")), " · ",
          h("a", { href: address("/v1/paths", { ...parameters, from: answer.from.id, to: answer.to.id }) }, t("json"))),
        h("p", { className: "links" }, t("download"), FORMATS.map((format) =>
          [" ", h("a", { href: address("/v1/subgraph", { selection, format }), download: "" }, format)])))),
  ];
}

/** How many ways there are that share nothing, and whose loss cuts the connection: of one alone, or else of
    as few as can be. */
function robust({ hop_disjoint, node_disjoint, least_hops, least_nodes, critical_hops, critical_nodes }, entity) {
  const hop = ([a, b]) => [entity(a), " — ", entity(b)];
  const told = (key, items, shown) => (items.length
    ? h("li", {}, t(key, { n: items.length }), h("ul", {}, items.map((item) => h("li", {}, shown(item))))) : null);
  return h("section", { className: "robust", "aria-label": t("robust_title") },
    h("h4", {}, t("robust_title")),
    h("ul", {},
      h("li", {}, t("robust_nodes", { n: node_disjoint })),
      h("li", {}, t("robust_hops", { n: hop_disjoint })),
      least_nodes === null ? h("li", {}, t("robust_direct")) : null,
      critical_nodes.length ? told("robust_alone_nodes", critical_nodes, entity) : told("robust_together_nodes", least_nodes ?? [], entity),
      critical_hops.length ? told("robust_alone_hops", critical_hops, hop) : told("robust_together_hops", least_hops, hop)));
}

function chain(path, index, nodes, entity) {
  return h("article", { className: "path" },
    h("h4", {}, t("path_n", { i: index + 1, n: path.length }), " ",
      h("span", { className: `badge ${lineOf(path.status)}` }, statusLabel(path.status))),
    h("ol", { className: "chain" },
      h("li", { className: "end" }, place(nodes.get(path.nodes[0]), entity)),
      path.hops.map((hop) => [
        h("li", { className: "hop" }, step(hop, index === 0)),
        h("li", { className: "end" }, place(nodes.get(hop.to), entity)),
      ])));
}

const place = (node, entity) => [entity(node.id), h("span", { className: "where" }, kindLabel(node.kind)), " ", possibly(node)];

function step(hop, open) {
  const [first, ...others] = hop.facts;
  return [fact(hop, first, open), others.length
    ? h("details", { className: "others" }, h("summary", {}, t("other_facts", { n: others.length })), others.map((other) => fact(hop, other, false)))
    : null];
}

/** One fact of a hop: the relation in words with its direction, and under it the proof. */
function fact(hop, fact, open) {
  const [before, after] = isSymmetric(fact.relation) ? ["", " ↔"] : fact.subject === hop.from ? ["", " ↓"] : ["↑ ", ""];
  return h("div", { className: `fact ${lineOf(fact.status)}${fact.inferred ? " guessed" : ""}` },
    h("p", { className: "says" },
      h("strong", {}, h("span", { "aria-hidden": "true" }, before), relationLabel(fact.relation), h("span", { "aria-hidden": "true" }, after)),
      " ", badges(fact), " ", when(fact)),
    pairs(factRows(fact.relation, fact)),
    h("details", { className: "proof", open }, h("summary", {}, `${t("proof")} · ${t("proofs", { n: fact.claims.length })}`), claims(fact.claims), fact.contested ? outcomeOf(fact.id) : null));
}

function none(answer, nodes, entity) {
  const sources = h("div", {}, t("loading"));
  askOnce(address("/v1/queries/sources", at())).then((answer) => {
    const rows = answer.rows.filter((row) => row.kind !== "editorial");
    sources.replaceChildren(h("details", {}, h("summary", {}, t("sources_read", { n: rows.length })),
      h("ul", {}, rows.map((row) => h("li", {}, sourceLine(row))))));
  }).catch(() => sources.replaceChildren());
  const end = (of) => (nodes.has(of.id) ? entity(of.id) : nameOf(of));
  return h("div", { className: "none" },
    h("h3", {}, t("none")),
    h("p", { className: "pair" }, end(answer.from), " … ", end(answer.to)),
    h("ul", {}, answer.none.reasons.map((reason) => h("li", {}, reason[spoken.lang]))),
    sources);
}
