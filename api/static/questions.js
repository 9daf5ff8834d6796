/* The ready questions: each with a form, and its rows as a table, or why there are none. */

import { $, h } from "./dom.js";
import { ask } from "./ask.js";
import { Form, summaryOf, table } from "./form.js";
import { at } from "./moment.js";
import { spoken, t } from "./words.js";

export const form = new Form({ list: "/v1/queries", menu: $("question"), fields: $("question-fields"), prefix: "param" });

export async function answer(name, parameters, openEntity) {
  const { rows, truncated, names: called, none } = await ask(`/v1/queries/${encodeURIComponent(name)}`, at(parameters));
  if (none) {
    return [h("div", { className: "none" }, h("h3", {}, t("no_rows")), h("ul", {}, none.reasons.map((reason) => h("li", {}, reason[spoken.lang]))))];
  }
  return [
    h("p", { className: "where" }, truncated ? t("truncated", { n: rows.length }) : t("rows", { n: rows.length })),
    table(summaryOf(form.named(name)), form.named(name).columns, rows, called, openEntity),
  ];
}
