/* A fact and its proof: what each source says, where it says so, and what was only inferred. */

import { h, pairs } from "./dom.js";
import { address, askOnce } from "./ask.js";
import { at } from "./moment.js";
import { factRows, inWords, lineOf, modalityLabel, propertyOf, spoken, statusLabel, t } from "./words.js";

/** The badges of a fact or of a claim: planned must look different from done. */
export function badges(fact) {
  return h("span", { className: "badges" },
    h("span", { className: `badge ${lineOf(fact.status)}` }, statusLabel(fact.status)),
    fact.inferred ? h("span", { className: "badge inferred" }, t("inferred")) : null,
    fact.contested ? h("span", { className: "badge contested" }, t("contested")) : null,
    possibly(fact));
}

/** The badge of what is not sure to have held on the day that is shown. */
export const possibly = ({ held }) =>
  (held === "possible" ? h("span", { className: "badge possible", title: t("possible_hint") }, t("possible")) : null);

export function when(fact) {
  const parts = [];
  if (fact.valid_from) parts.push(`${t("since")} ${fact.valid_from}`);
  if (fact.valid_to) parts.push(`${t("until")} ${fact.valid_to}`);
  if (!parts.length && fact.as_of) parts.push(`${t("as_of_short")} ${fact.as_of}`);
  return parts.length ? h("span", { className: "when" }, parts.join(" · ")) : null;
}

export function sourceLine(source) {
  const date = source.published ? source.published + (source.published_inferred ? t("published_inferred") : "") : t("no_date");
  const link = /^https?:\/\//.test(source.url || "")
    ? h("a", { href: source.url, target: "_blank", rel: "noopener noreferrer" }, t("source_page"))
    : null;
  return [h("cite", { lang: source.lang || "zh" }, source.name ?? source.title), " ",
    h("span", { className: "where" }, [source.publisher, date].filter(Boolean).join(" · ")), " ", link];
}

function claim(said, figures) {
  const source = said.source;
  return h("li", {},
    h("p", {}, sourceLine(source), " ", said.locator ? h("code", {}, said.locator) : null),
    said.quote ? h("blockquote", { lang: source.lang || "zh" }, said.quote) : null,
    said.inferred || said.basis
      ? h("p", {}, said.inferred ? h("span", { className: "badge inferred" }, t("inferred")) : null, said.basis ? ` ${t("basis")}: ${said.basis}` : "")
      : null,
    said.property ? h("p", {}, h("strong", {}, inWords(propertyOf(said.property), said.value))) : null,
    h("p", {}, said.status ? h("span", { className: `badge ${lineOf(said.status)}` }, statusLabel(said.status)) : null, " ",
      said.modality && said.modality !== "asserted" ? `${modalityLabel(said.modality)} ` : "", when(said)),
    // The figures of a single claim are those of its fact, which stand above it.
    pairs([...(figures && said.relation ? factRows(said.relation, said.attributes ?? {}) : []), [t("note"), said.note]]));
}

/** The claims of a fact; `figures` where what they count is not already said above. */
export const claims = (list, figures = list.length > 1) => h("ol", { className: "claims" }, list.map((said) => claim(said, figures)));

/** What sources have said over time, one sentence each, also what was taken back; and what the graph shows. */
export const told = (history) => [
  h("p", { className: "heading" }, t("history")),
  h("ol", { className: "history" }, history.told.map((item) => h("li", { className: item.retracted ? "retracted" : "" },
    h("span", { className: "when" }, item.day ?? t("no_date")), " ", item[spoken.lang]))),
  h("p", { className: "outcome" }, history.outcome[spoken.lang]),
];

const historyOf = (factId) => askOnce(address(`/v1/facts/${encodeURIComponent(factId)}/history`, at()));

/** A place that fills with what is asked for; a problem is said in it. */
function filled(asked, show, properties = {}) {
  const place = h("div", properties, h("p", { className: "where" }, t("loading")));
  asked.then((answer) => place.replaceChildren(...[show(answer)].flat())).catch((problem) =>
    place.replaceChildren(h("p", { className: "problem" }, t("failed", { detail: problem.message || t("offline") }))));
  return place;
}

/** A details element that fetches the proof of a fact, and its history, when it is opened. */
export function proofLater(factId) {
  const box = h("details", { className: "proof", ontoggle: () => {
    if (!box.open || box.dataset.read) return;
    box.dataset.read = "yes";
    const asked = Promise.all([askOnce(address(`/v1/facts/${encodeURIComponent(factId)}`, at())), historyOf(factId)]);
    asked.catch(() => delete box.dataset.read);
    box.querySelector("div")?.remove();
    box.append(filled(asked, ([fact, history]) => [claims(fact.claims, true), ...told(history)]));
  } }, h("summary", {}, t("proof")));
  return box;
}

/** What the graph shows of a fact on which sources differ, and by which rule. */
export const outcomeOf = (factId) =>
  filled(historyOf(factId), (history) => h("p", { className: "outcome" }, history.outcome[spoken.lang]));

/** A fact on which sources differ: what is shown, and what each source says, all of it seen at once. */
export function bothSides(fact, title) {
  const path = address(`/v1/facts/${encodeURIComponent(fact.id)}`, at());
  return h("details", { className: "contradiction", open: true },
    h("summary", {}, title),
    outcomeOf(fact.id),
    filled(askOnce(path), (answer) => claims(answer.claims, true), { className: "sides" }));
}
