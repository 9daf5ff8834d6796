/* Measures of the network: each with its definition, its figures and the network it was computed on. */

import { $, h, pairs } from "./dom.js";
import { address, ask } from "./ask.js";
import { Form, number, parameterLabel, summaryOf, table, valueInWords } from "./form.js";
import { at } from "./moment.js";
import { figureLabel, spoken, t } from "./words.js";

export const form = new Form({
  list: "/v1/measures", menu: $("measure"), fields: $("measure-fields"), prefix: "measure",
  example: false,
  seldom: ["relations", "confidence", "ties", "isolated", "selection", "seed", "trials", "pivots"],
});

/** The parameters that a measure was computed with; `declared` says what they are. */
const parametersInWords = (declared, parameters) => Object.entries(parameters)
  .map(([name, value]) => [parameterLabel(name, declared[name]), [value].flat().map((one) => valueInWords(declared[name] ?? {}, one)).join(spoken.lang === "zh" ? "、" : "; ")])
  .filter(([, words]) => words)
  .map((pair) => pair.join("=")).join(spoken.lang === "zh" ? "，" : ", ");

export async function answer(name, parameters, openEntity) {
  const asked = at(parameters);
  const found = await ask(`/v1/measures/${encodeURIComponent(name)}`, asked);
  const { rows, truncated, network, version, figures, notes, names: called, source } = found;
  return [
    h("p", { className: "definition" }, h("strong", {}, t("definition")), " ", (spoken.lang === "zh" && found.definition_zh) || found.definition,
      " ", h("cite", { className: "where", lang: "en" }, source)),
    h("p", { className: "where" }, t("with", { parameters: parametersInWords(form.named(name).params, found.parameters) }), " ", t("computed_on", { ...network, version })),
    notes.length ? h("ul", { className: "where notes" }, notes.map((note) => h("li", {}, note[spoken.lang]))) : null,
    pairs(Object.entries(figures).map(([figure, value]) => [figureLabel(figure), typeof value === "number" ? number(value) : String(value ?? "")])),
    h("p", { className: "where" }, truncated ? t("truncated", { n: rows.length }) : t("rows", { n: rows.length }), " · ",
      h("a", { href: address(`/v1/measures/${encodeURIComponent(name)}`, asked) }, "JSON")),
    table(summaryOf(form.named(name)), form.named(name).columns, rows, called, openEntity),
  ].filter(Boolean);
}
