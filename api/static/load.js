/* The page on which files are loaded: chosen, checked, looked at, applied or discarded. Which load is shown
   stands in the address, so that it is found again. */

import { $, h, button } from "./dom.js";
import { ask, forget, Problem, send } from "./ask.js";
import { differenceOf, outcomeOf } from "./difference.js";
import { findingsOf, number } from "./findings.js";
import { isForeign, lacksMapping, mappingOf } from "./mapping.js";
import { clearForm, kinds, listChosen, listenToForm, trouble } from "./upload.js";
import { label, learn, spoken, t } from "./words.js";

const RESTS = ["refused", "planned", "applied", "failed", "discarded"];
const POLL = 1000; // ms between two questions where events do not arrive
let shown = null; // the load that is shown
let stop = () => {}; // ends following it

const named = () => (/^#[0-9a-f]{16}$/.test(location.hash) ? location.hash.slice(1) : "");
const at = (id, rest = "") => `/v1/loads/${encodeURIComponent(id)}${rest}`;

// -- following a load ------------------------------------------------------------------------------

/** Follow a load by the server's events, or by asking each second where these do not arrive. */
function follow(id) {
  stop();
  let ended = false;
  let timer = 0;
  let source = null;
  stop = () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
  const end = stop;
  const take = (load) => {
    if (ended) return;
    if (RESTS.includes(load.state)) end();
    show(load);
  };
  const poll = async () => {
    try {
      take(await ask(at(id)));
      $("page-problem").replaceChildren();
    } catch (problem) {
      if (ended) return;
      $("page-problem").replaceChildren(trouble(problem));
      if (problem.status === 404) return gone();
    }
    if (!ended) timer = setTimeout(poll, POLL);
  };
  if (!globalThis.EventSource) return poll();
  source = new EventSource(at(id, "/events"));
  source.addEventListener("load", (event) => take(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    source.close();
    if (!ended) poll();
  });
}

/** Show the load that the address names, or the form where it names none. */
async function open({ move = false } = {}) {
  stop();
  const id = named();
  if (!id) return form(move);
  try {
    const load = await ask(at(id));
    if (named() !== id) return;
    show(load);
    if (!RESTS.includes(load.state)) follow(id);
    if (move) $("load-title").focus();
  } catch (problem) {
    if (named() !== id) return;
    if (problem.status === 404) gone();
    else $("page-problem").replaceChildren(trouble(problem));
  }
}

function form(move, notice = "") {
  shown = null;
  $("load").hidden = true;
  $("new").hidden = false;
  $("work").replaceChildren();
  $("page-problem").replaceChildren();
  $("new-notice").replaceChildren(...(notice ? [h("p", { className: "notice" }, notice)] : []));
  list();
  if (move) $("new-title").focus();
}

/** Back to the form, with what became of the load. */
function leave(notice) {
  history.replaceState(null, "", location.pathname + location.search);
  form(true, notice);
}

const gone = () => leave(t("gone"));

// -- what can be done ------------------------------------------------------------------------------

/** A load was begun or goes on: its place is the address, and what comes of it is shown as it comes. */
function begun(load) {
  history.pushState(null, "", `#${load.id}`);
  goesOn(load);
}

function goesOn(load) {
  forget();
  show(load);
  $("load-title").focus();
  follow(load.id);
}

/** Do something with the load that is shown; `wrong` says a problem where it belongs. */
async function act(what, wrong = (problem) => $("decide").append(h("div", { role: "alert" }, trouble(problem)))) {
  const all = [...document.querySelectorAll("#load button, #work button")];
  for (const pressed of all) pressed.disabled = true;
  try {
    await what(shown);
  } catch (problem) {
    for (const pressed of all) pressed.disabled = false;
    if (!(problem instanceof Problem)) throw problem;
    wrong(problem);
  }
}

const check = (how, wrong) => act(async ({ id }) => goesOn(await send(at(id, "/check"), how)), wrong);
const apply = () => act(async ({ id }) => goesOn(await send(at(id, "/apply"), {})));
const discard = () => act(async ({ id, state }) => {
  await ask(at(id), {}, { method: "DELETE" });
  leave(t(state === "applied" ? "closed_now" : "discarded_now"));
});
/** How the load was checked, to check it again in another way. */
const asBefore = ({ mapping, accept, queue, skip_refused, kind }) => ({ mapping, accept, queue, skip_refused, kind });

// -- showing it ------------------------------------------------------------------------------------

function stateWords(load) {
  if (load.state === "refused" && lacksMapping(load)) return t(load.proposal ? "state_unmapped" : "state_unknown");
  if (load.state === "planned" && !load.plan.claims.new) return t("state_nothing");
  return t(`state_${load.state}`);
}

function show(load) {
  const rested = RESTS.includes(load.state);
  if (load.state === "discarded") return gone();
  const moved = !shown || shown.id !== load.id || shown.state !== load.state || rested;
  if (!shown || shown.id !== load.id) $("work").replaceChildren();
  shown = load;
  $("new").hidden = true;
  $("load").hidden = false;
  $("load-title").textContent = load.files.join(t("list_mark"));
  const words = stateWords(load);
  // Said anew only when it changes, as it is read out.
  if ($("state").textContent !== words) $("state").textContent = words;
  $("state").className = `state ${lacksMapping(load) ? "" : load.state}`;
  progress(load);
  $("work").inert = !rested;
  if (!moved) return;
  decide(load);
  if (rested) {
    $("work").replaceChildren(...sections(load));
    list();
  }
}

function progress({ state, progress: { done, total } }) {
  $("busy").hidden = RESTS.includes(state);
  const bar = $("progress");
  if (state === "applying" && total) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
  bar.setAttribute("aria-label", t("state"));
  $("progress-words").textContent = state === "applying" && total ? t("progress", { done: number(done), total: number(total) }) : "";
}

/** What there is to decide: exactly what applying does stands on its button. */
function decide(load) {
  const { state, plan } = load;
  const buttons = [];
  if (state === "planned" && plan.claims.new) {
    buttons.push(button(plan.claims.new === 1 ? t("apply_one") : t("apply_many", { n: number(plan.claims.new) }), apply, { className: "main", id: "apply" }));
  }
  if (state === "failed") buttons.push(button(t("check_again"), () => check(asBefore(load)), { className: "quiet strong", id: "again" }));
  if (RESTS.includes(state)) buttons.push(button(state === "applied" ? t("close") : t("discard"), discard, { className: "quiet", id: "discard" }));
  const counts = plan && { rows: number(plan.rows), entities: number(plan.entities.new), new: number(plan.facts.new),
    changed: number(plan.facts.changed), confirmed: number(plan.facts.confirmed) };
  $("decide").replaceChildren(...[
    load.error ? h("div", { role: "alert" }, trouble(new Problem(load.error))) : null,
    state === "planned" && plan.claims.new ? h("p", {}, t("effect", counts), plan.refused ? [" ", t("left_out", { n: number(plan.refused) })] : null) : null,
    state === "applied" ? outcomeOf(load) : null,
    buttons.length ? h("div", { className: "buttons" }, buttons) : null,
  ].filter(Boolean));
}

/** The parts of a load that rests, what is to be looked at first coming first. */
function sections(load) {
  const { state } = load;
  const difference = load.plan && ["planned", "applied"].includes(state) ? differenceOf(load) : null;
  const skip = state === "refused" && load.refused_rows && !load.skip_refused ? () => check({ ...asBefore(load), skip_refused: true }) : null;
  const findings = load.report ? findingsOf(load, { skip }) : null;
  const mapping = load.report && state !== "applied" && (isForeign(load) || load.report.errors || load.skip_refused || load.queue) ? mappingOf(load, check) : null;
  return (lacksMapping(load) ? [mapping, findings] : [difference, findings, mapping]).filter(Boolean);
}

/** The loads that the server still has. */
async function list() {
  let items;
  try {
    ({ items } = await ask("/v1/loads"));
  } catch {
    return; // what is shown says that nothing answers
  }
  $("loads").hidden = false;
  const when = (time) => new Date(time).toLocaleString(spoken.lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  $("list").replaceChildren(...(items.length ? items.map((load) => h("li", {},
    h("a", { href: `#${load.id}`, "aria-current": load.id === shown?.id ? "true" : null }, load.files.join(t("list_mark"))),
    h("p", { className: "where" }, [when(load.created), stateWords(load)].join(" · ")))) : [h("li", { className: "where" }, t("no_loads"))]));
}

// -- the page --------------------------------------------------------------------------------------

function labels() {
  label();
  $("brand").href = $("to-explorer").href = `/?lang=${spoken.lang}`;
  $("to-load").href = `/load?lang=${spoken.lang}`;
  kinds($("kind"));
  listChosen();
}

function speak(lang) {
  spoken.lang = lang;
  history.replaceState(null, "", `${location.pathname}?lang=${lang}${location.hash}`);
  labels();
  if ($("readonly").hidden) {
    if (shown) show(shown);
    list();
  }
}

function listen() {
  listenToForm(begun);
  for (const element of document.querySelectorAll("[data-lang]")) element.addEventListener("click", () => speak(element.dataset.lang));
  // The fragment names the load; skipping to the content must not replace it.
  $("to-main").addEventListener("click", (event) => {
    event.preventDefault();
    $("main").focus();
  });
  $("other").addEventListener("click", (event) => {
    event.preventDefault();
    history.pushState(null, "", location.pathname + location.search);
    clearForm();
    open({ move: true });
  });
  addEventListener("hashchange", () => open({ move: true }));
  addEventListener("popstate", () => {
    if (named() !== (shown?.id ?? "")) open();
  });
}

listen();
try {
  const [{ editable }] = await Promise.all([ask("/ready"), learn()]);
  labels();
  $("readonly").hidden = editable;
  if (editable) await open();
} catch (problem) {
  $("page-problem").replaceChildren(trouble(problem));
}
