/* Who may be one: judgements with who, when and why, proposals with their reason, and buttons to judge where
   the server may be written to. */

import { $, h, button, held } from "./dom.js";
import { Problem, address, ask, askOnce, send } from "./ask.js";
import { at, knownAt } from "./moment.js";
import { entityButton, suggest } from "./suggest.js";
import { has, kindLabel, nameOf, relationLabel, spoken, t } from "./words.js";

const VERDICTS = ["same", "different", "unsure"];
const MOST = 50; // proposals listed of the whole graph
const remembered = { by: "", why: "" }; // who judges and for what reason, as long as the page is open
let editable = false;
let proposes = true; // until the server answers that it proposes nothing

/** Whether the server may be written to. */
export async function learnEditable() {
  ({ editable } = await askOnce("/ready"));
}

export const isEditable = () => editable;

// The graph as it was once known is past: it cannot be judged any more.
const mayJudge = () => editable && !knownAt().known_at;

// -- judging ---------------------------------------------------------------------------------------

/** Who judges and why: fields that show what was written in any of them. */
function judge(id) {
  const field = (name) => h("label", { className: "field", htmlFor: `${id}-${name}` }, h("span", {}, t(`judge_${name}`)), h("input", {
    id: `${id}-${name}`, type: "text", autocomplete: "off", maxLength: 100, value: remembered[name], "data-judge": name,
    oninput: ({ target }) => {
      remembered[name] = target.value;
      for (const other of document.querySelectorAll(`[data-judge="${name}"]`)) if (other !== target) other.value = target.value;
    },
  }));
  return h("div", { className: "judge" }, field("by"), field("why"));
}

/** Do what writes; a problem is said under what was pressed, and every button waits while it runs. */
async function written(place, act) {
  const said = place.querySelector(".said") ?? place.appendChild(h("div", { className: "said", role: "status" }));
  const by = remembered.by.trim();
  if (!by) {
    said.replaceChildren(h("p", { className: "problem" }, t("judge_who_first")));
    place.closest(".identity").querySelector('[data-judge="by"]')?.focus();
    return;
  }
  const buttons = [...document.querySelectorAll(".verdicts button, .judgements button")];
  for (const pressed of buttons) pressed.disabled = true;
  try {
    await act(by, remembered.why.trim() || null);
  } catch (problem) {
    for (const pressed of buttons) pressed.disabled = false;
    const named = `problem_${problem.code}`;
    said.replaceChildren(h("div", { className: "problem" }, has(named) ? h("p", {}, t(named)) : null,
      h("p", { lang: "en", className: has(named) ? "where" : "" }, problem.message || t("offline"))));
  }
}

/** Buttons that judge two entities. `pair` gives them when one is pressed; of the same the chosen one stays. */
function verdicts(place, pair, stays, judged) {
  const press = (verdict) => written(place, async (by, why) => {
    const [a, b] = pair();
    if (!a.id || !b.id) throw new Problem({ detail: t("judge_need_other") });
    const [gone, kept] = stays?.value === "a" ? [b, a] : [a, b];
    const made = await send("/v1/identity/judgements", { a: gone.id, b: kept.id, verdict, by, why });
    await judged({ gone: made.subject, stays: made.object, verdict,
      words: t(`judged_${verdict}`, { a: gone.name, b: kept.name, by }) });
  });
  return h("div", { className: "verdicts", role: "group", "aria-label": t("judge") },
    VERDICTS.map((verdict) => button(t(`judge_${verdict}`), () => press(verdict), { className: "quiet", "data-verdict": verdict })), stays);
}

/** Which of two names stays when they are judged the same; the second unless another is chosen. */
const whichStays = (a, b) => h("select", { "aria-label": t("which_stays") },
  h("option", { value: "b" }, t("stays", { name: b })), h("option", { value: "a" }, t("stays", { name: a })));

// -- on the card of an entity ----------------------------------------------------------------------

/** What is known of an entity's identity; fills itself, and stays empty where there is nothing to say.
    `notice` is what was just judged. Proposals come last, as the server compares names for them. */
export function identityOf(entity, { open, judged, notice }) {
  const asked = { entity: entity.id, ...knownAt() };
  const said = notice ? h("p", { className: "notice", role: "status", tabIndex: -1 }, notice) : null;
  const head = h("h4", { hidden: !notice && !mayJudge() }, t("identity"));
  const known = h("div");
  const proposed = h("ul", { className: "proposals" });
  const other = mayJudge() ? another(entity, judged) : null;
  const fails = (place) => (problem) => {
    head.hidden = false;
    place.replaceChildren(h("p", { className: "problem" }, t("failed", { detail: problem.message || t("offline") })));
  };
  ask("/v1/identity/judgements", { ...asked, limit: 1000 }).then(({ items }) => {
    if (!items.length) return;
    head.hidden = false;
    const joined = items.filter((item) => item.live && item.verdict === "same" && !item.idle_because_of);
    const ids = [...new Set(joined.flatMap((item) => [item.subject, item.object]))].filter((id) => id !== entity.id);
    known.append(...[
      ids.length ? h("p", { className: "ids" }, t("other_ids"), ids.map((id, i) => [i ? " · " : " ", h("code", {}, id)])) : null,
      h("ul", { className: "judgements" }, items.map((item) => judgement(item, entity, open, judged))),
    ].filter(Boolean));
  }).catch(fails(known));
  proposals({ ...asked, limit: 10 }).then((found) => {
    if (!found?.items.length) return;
    head.hidden = false;
    proposed.append(...found.items.map((item) => proposal(item, { open, judged, entity })));
  }).catch(fails(proposed));
  if (said) queueMicrotask(() => said.focus());
  return h("section", { className: "identity", "aria-label": t("identity") },
    head, said, known, mayJudge() ? judge("card") : null, proposed, other);
}

/** One judgement in words: what, by whom, when, why; and whether it still counts. */
function judgement(item, entity, open, judged) {
  const other = (id) => (id === entity.id ? h("strong", {}, nameOf(entity)) : named(id, open));
  const place = h("li", { className: item.live ? "" : "retracted" });
  const when = (time) => time.replace("T", " ").replace("Z", " UTC");
  place.append(...[
    h("p", {}, other(item.subject), " ", h("span", { className: "badge" }, t(`verdict_${item.verdict}`)), " ", other(item.object)),
    h("p", { className: "where" }, t("judged_by", { by: item.by, when: when(item.when) }), item.why ? t("judged_why", { why: item.why }) : "",
      item.said_in ? t("split_source", { source: item.said_in }) : item.of_claims ? t("split_claims", { n: item.of_claims.length }) : ""),
    item.live ? null : h("p", { className: "where" }, t("judged_undone", { when: when(item.undone ?? ""), by: item.undone_why ?? "" })),
    item.live && item.idle_because_of ? h("p", { className: "where" }, t("judged_idle"), " ", h("code", {}, item.idle_because_of)) : null,
  ].filter(Boolean));
  if (item.live && mayJudge()) {
    place.append(button(t("undo"), () => written(place, async (by, why) => {
      await ask(`/v1/identity/judgements/${encodeURIComponent(item.id)}`, { by, why }, { method: "DELETE" });
      await judged({ verdict: "undone", words: t("undone_now", { by }) });
    }), { className: "quiet undo" }));
  }
  return place;
}

/** An entity by its id; its name comes when it is known, and not for an id that leads to another. */
function named(id, open) {
  const shown = button(id, () => open(id), { className: "link" });
  askOnce(`/v1/entities/${encodeURIComponent(id)}`).then(({ entity }) => {
    if (entity.id === id) shown.textContent = nameOf(entity);
  }).catch(() => {}); // its id is name enough
  return shown;
}

/** Judge an entity that nothing proposes. */
function another(entity, judged) {
  const input = h("input", { id: "judge-other", type: "text", autocomplete: "off", spellcheck: false, placeholder: t("name_hint") });
  const here = { id: entity.id, name: nameOf(entity) };
  const stays = h("select", { "aria-label": t("which_stays") },
    h("option", { value: "b" }, t("stays", { name: here.name })), h("option", { value: "a" }, t("stays", { name: t("the_other") })));
  const place = h("div", { className: "another" }, h("div", { className: "field" }, h("label", { htmlFor: input.id }, t("judge_another")), input));
  suggest(input);
  place.append(verdicts(place, () => [{ id: held(input), name: input.value.trim() }, here], stays, judged));
  return h("details", {}, h("summary", {}, t("judge_with_another")), place);
}

// -- proposals -------------------------------------------------------------------------------------

/** What may be one; null where this server proposes nothing. */
async function proposals(parameters) {
  if (!proposes) return null;
  try {
    return await askOnce(address("/v1/identity/candidates", parameters));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    proposes = false;
    return null;
  }
}

/** Two that may be one or tied, with the reason; on the card of one of them the other comes first. */
function proposal(item, { open, judged, entity = null }) {
  const [a, b] = entity?.id === item.a.id && item.verdict === "same" ? [item.b, item.a] : [item.a, item.b];
  const one = (node) => (node.id === entity?.id ? h("strong", {}, nameOf(node))
    : h("span", { className: "one" }, entityButton(node, open), h("span", { className: "where" }, [kindLabel(node.kind), otherName(node)].filter(Boolean).join(" · "))));
  const tie = item.verdict === "same" ? t("may_be_same") : item.relation ? t("may_be_tied", { relation: relationLabel(item.relation) }) : t("may_be_related");
  const place = h("li", {},
    h("div", { className: "two" }, one(a), h("span", { className: "badge possible" }, tie), one(b)),
    h("p", { className: "where" }, t("because", { reason: item.because[spoken.lang] }),
      item.certain ? t("sure_proposal") : t("score", { n: item.score.toFixed(2) }), item.unsure ? t("unsure_before") : ""));
  if (mayJudge()) {
    const ends = [a, b].map((node) => ({ id: node.id, name: nameOf(node) }));
    place.append(verdicts(place, () => ends, whichStays(ends[0].name, ends[1].name), judged));
  }
  return place;
}

const otherName = (node) => [node.name_zh, node.name_en].filter((name) => name && name !== nameOf(node)).join(" · ");

/** The best proposals of the whole graph, in their section. */
export async function listProposals({ open, judged, notice = "" }) {
  const place = $("proposals");
  place.replaceChildren(h("p", { className: "where" }, t("looking")));
  const found = await proposals({ verdict: $("proposed").value, limit: MOST, ...knownAt() });
  if (!found) {
    place.replaceChildren(h("p", { className: "where" }, t("proposals_none")));
    return;
  }
  place.replaceChildren(...[
    notice ? h("p", { className: "notice", role: "status", tabIndex: -1 }, notice) : null,
    mayJudge() ? judge("list") : null,
    h("p", { className: "where" }, found.next ? t("proposals_first", { n: found.items.length })
      : found.items.length ? t("proposals_found", { n: found.items.length }) : t("proposals_none")),
    at().as_of ? h("p", { className: "where" }, t("proposals_moment")) : null,
    h("ul", { className: "proposals" }, found.items.map((item) => proposal(item, { open, judged }))),
  ].filter(Boolean));
}
