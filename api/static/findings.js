/* What was found in the files: how much of each severity, where, what is wrong and what would be right. */

import { h, button } from "./dom.js";
import { address, askOnce } from "./ask.js";
import { spoken, t } from "./words.js";

const SEVERITIES = ["error", "warning", "note"];
const SHOWN = 200;
const chosen = { of: "", severity: "" }; // which severity is looked at, of which check

/** All findings where the state of the load lists only the first. */
async function everything(load) {
  if (load.report.listed <= load.report.findings.length) return load.report.findings;
  return (await askOnce(address(`/v1/loads/${load.id}/report`, { format: "json" }))).findings;
}

/** The section. `skip` leaves the refused rows out and checks the rest; null where there is nothing to leave. */
export function findingsOf(load, { skip }) {
  const { report } = load;
  const counts = { error: report.errors, warning: report.warnings, note: report.notes };
  const all = report.errors + report.warnings + report.notes;
  const of = `${load.id} ${report.errors} ${report.warnings} ${report.notes}`;
  if (chosen.of !== of) Object.assign(chosen, { of, severity: report.errors ? "error" : "" });
  const body = h("div", {});
  const choices = ["", ...SEVERITIES.filter((name) => counts[name])].map((name) => button(
    t(name ? `severity_${name}` : "severity_all", { n: number(name ? counts[name] : all) }), () => {
      chosen.severity = name;
      for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.dataset.severity === name));
      fill();
    }, { className: `choice ${name}`, "aria-pressed": String(chosen.severity === name), "data-severity": name }));
  const fill = async () => {
    const asked = chosen.severity;
    let findings = report.findings;
    try {
      findings = await everything(load);
    } catch {} // the first ones are here
    if (asked !== chosen.severity) return;
    const kept = findings.filter(({ severity }) => !asked || severity === asked);
    body.replaceChildren(...[table(kept.slice(0, SHOWN), load),
      kept.length > SHOWN ? h("p", { className: "where" }, t("first_findings", { n: SHOWN })) : null,
      report.unlisted ? h("p", { className: "where" }, t("unlisted", { n: number(report.unlisted) })) : null].filter(Boolean));
  };
  if (all) fill();
  const whole = (format) => address(`/v1/loads/${load.id}/report`, { format, lang: format === "html" ? spoken.lang : "" });
  return h("section", { id: "findings", "aria-labelledby": "findings-title" },
    h("h2", { id: "findings-title" }, t("findings_title")),
    all ? h("div", { className: "choices", role: "group", "aria-label": t("filter") }, choices) : h("p", {}, t("no_findings")),
    body,
    skip ? h("p", { className: "buttons" }, button(load.refused_rows === 1 ? t("skip_one") : t("skip_many", { n: number(load.refused_rows) }), skip,
      { className: "quiet strong", id: "skip" })) : null,
    h("p", { className: "links" }, t("report"), " ", ["html", "csv", "json"].flatMap((format, i) => [i ? " · " : "",
      h("a", { href: whole(format), download: `report.${format}` }, format.toUpperCase())]),
      load.refused_rows ? [" · ", h("a", { href: `/v1/loads/${load.id}/refused`, download: "refused.csv" }, t("refused_rows", { n: number(load.refused_rows) }), " CSV")] : null));
}

export const number = (value) => new Intl.NumberFormat(spoken.lang === "zh" ? "zh-CN" : "en").format(value);

function table(findings, load) {
  const cell = (name, words, ...content) => h("td", { role: "cell", className: name, "data-name": words }, content);
  const heads = ["severity", "place", "column", "value", "wrong", "right"];
  const place = ({ file, sheet, row }) => [load.report.tables.length > 1 || load.files.length > 1 || load.files[0] !== file ? file : null, sheet,
    row ? t("row", { n: row }) : t("whole_file")].filter(Boolean).join(" · ");
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": t("findings_title") },
    h("table", { className: "stacked", role: "table" }, h("caption", { className: "unseen" }, t("findings_title")),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((head) => h("th", { scope: "col", role: "columnheader" }, t(head))))),
      h("tbody", { role: "rowgroup" }, findings.map((found) => h("tr", { role: "row", className: found.severity },
        cell("severity", t("severity"), h("span", { className: `badge ${found.severity}` }, t(`word_${found.severity}`))),
        cell("place", t("place"), place(found)),
        cell("column", t("column"), found.column),
        cell("cell", t("value"), found.value ?? ""),
        cell("wrong", t("wrong"), spoken.lang === "zh" ? found.message_zh.replace(`，应为：${found.expected}`, "") : [found.message, found.more ? t("more", { n: number(found.more) }) : ""]),
        cell("cell", t("right"), found.expected ?? ""))))));
}
