/* The network page: draws what the page carries as JSON, and shows the proof of what is clicked.
   Everything from data is set as text. */
(() => {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const view = read("view");
  const byId = (list) => new Map(list.map((item) => [item.id, item]));
  const nodes = byId(view.nodes);
  const facts = byId(view.facts);
  const drawn = byId(view.edges);
  const factsOf = new Map(view.nodes.map((node) => [node.id, []]));
  for (const fact of view.facts) {
    factsOf.get(fact.subject).push(fact);
    if (fact.object !== fact.subject) factsOf.get(fact.object).push(fact);
  }
  const ROWS = 300;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const hidden = { kinds: new Set(), statuses: new Set(), inferred: new Set() };
  const table = { sort: view.flow ? "" : "subject", down: false, filter: "", rows: ROWS };
  let lang = view.lang;
  let network = null;
  let drawing = null;
  let shown = null; // what the details show: {fact} or {node}

  const t = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), view.texts[lang][key]);
  const say = (text) => (text === null || text === undefined ? "" : typeof text === "object" ? text[lang] : String(text));
  const $ = (id) => document.getElementById(id);

  /** An element with properties and children; strings become text, nothing becomes HTML. */
  function h(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }
  const svg = (tag, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // -- legend -----------------------------------------------------------------------------------

  const SHAPES = {
    dot: ["circle", { cx: 8, cy: 8, r: 6 }],
    square: ["rect", { x: 2.5, y: 2.5, width: 11, height: 11 }],
    diamond: ["path", { d: "M8 1 15 8 8 15 1 8Z" }],
    triangle: ["path", { d: "M8 2 15 14H1Z" }],
    triangleDown: ["path", { d: "M8 14 1 2H15Z" }],
    hexagon: ["path", { d: "M4.5 2h7L15 8l-3.5 6h-7L1 8Z" }],
    star: ["path", { d: "M8 1l2 5h5l-4 3.4L12.600 15 8 11.600 3.400 15 5 9.400 1 6h5Z" }],
  };

  function shapeMark(kind) {
    const [tag, attributes] = SHAPES[kind.shape];
    return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg(tag, { ...attributes, fill: kind.colour, stroke: "#1d2733", "stroke-width": 1.2 }));
  }

  function lineMark(line, colour) {
    return svg("svg", { viewBox: "0 0 34 10", width: 34, height: 10, "aria-hidden": "true" },
      svg("line", { x1: 1, y1: 5, x2: 33, y2: 5, stroke: colour, "stroke-width": 2.4,
        "stroke-dasharray": view.legend.dashes[line].join(" ") }));
  }

  function legendEntry(mark, label, count, set, key) {
    const button = h("button", {
      type: "button", className: "entry", "aria-pressed": String(!set.has(key)), title: t("legend_hint"),
      onclick: () => {
        if (!set.delete(key)) set.add(key);
        button.setAttribute("aria-pressed", String(!set.has(key)));
        applyHidden();
      },
    }, mark, h("span", {}, label), h("span", { className: "count" }, String(count)));
    return h("li", {}, button);
  }

  function drawLegend() {
    const { kinds, statuses, inferred, colours } = view.legend;
    const groups = [];
    if (kinds.length) {
      groups.push(h("div", { role: "group", "aria-label": t("kinds") }, h("h3", {}, t("kinds")),
        h("ul", {}, kinds.map((kind) => legendEntry(shapeMark(kind), say(kind.label), kind.count, hidden.kinds, kind.kind)))));
    }
    if (statuses.length) {
      const entries = statuses.map((status) =>
        legendEntry(lineMark(status.line, colours.stated), say(status.label), status.count, hidden.statuses, status.status));
      if (inferred) {
        entries.push(legendEntry(lineMark("solid", colours.inferred), t("inferred_lines"), inferred, hidden.inferred, true));
      }
      groups.push(h("div", { role: "group", "aria-label": t("lines") }, h("h3", {}, t("lines")), h("ul", {}, entries)));
    }
    if (network && !view.few) groups.push(h("p", { className: "hint" }, t("near")));
    $("legend").replaceChildren(...groups);
  }

  const nodeHidden = (id) => hidden.kinds.has(nodes.get(id).kind);
  const factHidden = (fact) => hidden.statuses.has(fact.status || "") || (fact.inferred && hidden.inferred.has(true))
    || nodeHidden(fact.subject) || nodeHidden(fact.object);

  function applyHidden() {
    if (drawing) {
      drawing.nodes.update(view.nodes.map(({ id }) => ({ id, hidden: nodeHidden(id) })));
      drawing.edges.update(view.facts.map((fact) => ({ id: fact.id, hidden: factHidden(fact) })));
    }
    drawTable();
  }

  // -- picture ----------------------------------------------------------------------------------

  function drawNetwork() {
    const box = $("network");
    if (view.none || !view.nodes.length) {
      box.removeAttribute("role");
      box.classList.add("instead");
      $("zoom").hidden = true;
      box.replaceChildren(...(view.none
        ? [h("h3", {}, t("none")), h("ul", {}, view.none.map((reason) => h("li", {}, say(reason)))), endsOfNone()]
        : [h("p", {}, t("empty"))]));
      return;
    }
    box.setAttribute("aria-label", t("picture_label", { nodes: nodes.size, facts: facts.size }));
    if (network) return;
    box.classList.toggle("flow", view.flow);
    drawing = { nodes: new vis.DataSet(read("nodes").map(turned)), edges: new vis.DataSet(read("edges")) };
    network = new vis.Network(box, drawing, read("options"));
    network.on("click", ({ nodes: [node], edges: [edge] }) => {
      if (node !== undefined) showNode(node);
      else if (edge !== undefined) showFact(edge);
    });
    network.on("hoverNode", () => box.classList.add("pointing"));
    network.on("blurNode", () => box.classList.remove("pointing"));
    network.on("hoverEdge", () => box.classList.add("pointing"));
    network.on("blurEdge", () => box.classList.remove("pointing"));
    // Only what has been drawn has a size, and names count.
    network.once("afterDrawing", () => fit(false));
    let width = box.clientWidth;
    new ResizeObserver(() => {
      if (Math.abs(box.clientWidth - width) > 40) fit(false);
      width = box.clientWidth;
    }).observe(box);
  }

  const endsOfNone = () => h("p", { className: "ends" }, view.focus.map(nodeButton));

  /** On a narrow screen a path runs from top to bottom. */
  const turned = (node) => (view.flow && $("network").clientWidth < 520 ? { ...node, x: node.y * 1.2, y: node.x * 0.9 } : node);

  const motion = (on) => (on && !calm ? { duration: 250, easingFunction: "easeInOutQuad" } : false);
  const fit = (moving = true) => network.fit({ animation: motion(moving), minZoomLevel: 0.02, maxZoomLevel: 1.15 });
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor, animation: motion(true) });

  function drawZoom() {
    const button = (key, sign, act) => h("button", { type: "button", title: t(key), "aria-label": t(key), onclick: act }, sign);
    $("zoom").replaceChildren(button("zoom_in", "+", () => zoom(1.4)), button("zoom_out", "−", () => zoom(1 / 1.4)),
      button("fit", "⤢", () => fit()));
  }

  function relabel() {
    if (!drawing) return;
    drawing.nodes.update(view.nodes.map(({ id, name, lines }) => ({ id, label: say(lines || name) })));
    drawing.edges.update(view.edges.map(({ id, label }) => ({ id, label: say(label) })));
  }

  // -- table ------------------------------------------------------------------------------------

  const COLUMNS = {
    subject: (fact) => say(nodes.get(fact.subject).name),
    relation: (fact) => say(fact.relation),
    object: (fact) => say(nodes.get(fact.object).name),
    status: (fact) => say(fact.status_label),
    since: (fact) => fact.since || "",
    sources: (fact) => fact.sources.length,
  };

  function rowsShown() {
    const words = table.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const haystack = (fact) => [...Object.values(COLUMNS).map((of) => of(fact)), fact.as_of || "",
      fact.sources.map((id) => view.sources[id].name).join(" ")].join(" ").toLowerCase();
    const kept = view.facts.filter((fact) => !factHidden(fact) && words.every((word) => haystack(fact).includes(word)));
    if (table.sort) {
      const of = COLUMNS[table.sort];
      const order = new Intl.Collator(lang === "zh" ? "zh-CN" : "en", { numeric: true }).compare;
      kept.sort((a, b) => (of(a) === "") - (of(b) === "") || order(of(a), of(b)) * (table.down ? -1 : 1));
    } else if (view.flow) {
      const left = (fact) => Math.min(nodes.get(fact.subject).x, nodes.get(fact.object).x);
      kept.sort((a, b) => left(a) - left(b));
    }
    return kept;
  }

  function drawTable() {
    const head = h("tr", {}, Object.keys(COLUMNS).map((column) => {
      const sorted = table.sort === column;
      const cell = h("th", { scope: "col", className: column }, h("button", {
        type: "button",
        onclick: () => {
          Object.assign(table, { down: sorted && !table.down, sort: column });
          drawTable();
          document.querySelector(`th.${column} button`).focus();
        },
      }, t(column), h("span", { "aria-hidden": "true" }, sorted ? (table.down ? " ↓" : " ↑") : "")));
      if (sorted) cell.setAttribute("aria-sort", table.down ? "descending" : "ascending");
      return cell;
    }));
    const kept = rowsShown();
    const body = kept.slice(0, table.rows).map(row);
    if (!body.length) body.push(h("tr", {}, h("td", { colSpan: 6, className: "hint" }, view.facts.length ? t("no_rows") : t("nothing"))));
    document.querySelector("#table thead").replaceChildren(head);
    document.querySelector("#table tbody").replaceChildren(...body);
    $("shown").textContent = view.facts.length ? t("shown", { shown: Math.min(kept.length, table.rows), all: view.facts.length }) : "";
    const left = kept.length - table.rows;
    $("more").hidden = left <= 0;
    $("more").textContent = t("more", { n: Math.min(left, ROWS) });
  }

  function row(fact) {
    const line = h("tr", {
      "data-fact": fact.id,
      className: shown && shown.fact === fact.id ? "chosen" : "",
      onclick: (event) => { if (!event.target.closest("button")) showFact(fact.id, true); },
    },
    h("td", { className: "subject" }, nodeButton(fact.subject)),
    h("td", { className: "relation" }, factButton(fact)),
    h("td", { className: "object" }, nodeButton(fact.object)),
    h("td", { className: "status" }, statusMark(fact)),
    h("td", { className: "since" }, fact.since || (fact.as_of ? h("span", { className: "where" }, t("as_of"), " ", h("span", { className: "date" }, fact.as_of)) : "—")),
    h("td", { className: "sources" }, String(fact.sources.length)));
    return line;
  }

  const nodeButton = (id) => h("button", { type: "button", className: "link", onclick: () => showNode(id, true) }, say(nodes.get(id).name));
  const factButton = (fact) => h("button", {
    type: "button", className: "link relation", "data-line": fact.line, title: t("open_fact"), onclick: () => showFact(fact.id, true),
  }, say(fact.relation));

  function statusMark(fact) {
    const marks = [h("span", { className: `badge ${fact.status ? fact.line : "unstated"}` }, say(fact.status_label) || t("not_stated"))];
    if (fact.inferred) marks.push(h("span", { className: "badge inferred" }, t("inferred")));
    if (fact.contested) marks.push(h("span", { className: "badge contested" }, t("contested")));
    return h("span", { className: "badges" }, marks);
  }

  // -- details ----------------------------------------------------------------------------------

  function pairs(rows) {
    const kept = rows.filter(([, value]) => value !== "" && value !== null && value !== undefined);
    return kept.length ? h("dl", {}, kept.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]).flat()) : null;
  }
  const figures = (rows) => (rows || []).map(({ label, value }) => [say(label), say(value)]);

  function show(what, content, fromTable) {
    shown = what;
    const close = h("button", { type: "button", className: "close", "aria-label": t("close"), onclick: hideDetails }, "×");
    $("details-body").replaceChildren(close, ...content);
    $("details").classList.add("open");
    for (const line of document.querySelectorAll("#table tbody tr")) line.classList.toggle("chosen", line.dataset.fact === what.fact);
    if (fromTable) $("details").focus({ preventScroll: true });
    $("details").scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    $("details-body").scrollTop = 0;
  }

  function hideDetails() {
    shown = null;
    $("details").classList.remove("open");
    $("details-body").replaceChildren(h("p", { className: "hint" }, t("hint")));
    document.querySelector("tr.chosen")?.classList.remove("chosen");
    network?.unselectAll();
  }

  function showFact(id, fromTable = false) {
    const fact = facts.get(id);
    if (network) network.setSelection({ nodes: [], edges: [id] }, { highlightEdges: false });
    const symmetric = drawn.get(id).symmetric;
    show({ fact: id }, [
      h("p", { className: "statement" }, nodeButton(fact.subject),
        h("span", { className: `arrow ${fact.line}` }, say(fact.relation), h("span", { "aria-hidden": "true" }, symmetric ? " ↔" : " →")),
        nodeButton(fact.object)),
      h("p", {}, statusMark(fact)),
      pairs([[t("since"), fact.since], [t("until"), fact.until], [t("as_of"), fact.as_of], ...figures(fact.figures)]),
      h("h3", {}, `${t("claims")} (${fact.claims.length})`),
      h("ol", { className: "claims" }, fact.claims.map(claim)),
    ], fromTable);
  }

  function claim(said) {
    const source = view.sources[said.source];
    const date = source.published ? source.published + (source.published_inferred ? t("published_inferred") : "") : t("no_date");
    return h("li", {},
      h("p", { className: "source" }, h("cite", { lang: source.lang || "zh" }, source.name), " ", sourceLink(source)),
      h("p", { className: "where" }, [source.publisher, date, said.locator].filter(Boolean).join(" · ")),
      said.inferred ? h("p", {}, h("span", { className: "badge inferred" }, t("inferred")), " ", said.basis ? `${t("basis")}: ${said.basis}` : "") : null,
      !said.inferred && said.basis ? h("p", {}, `${t("basis")}: ${said.basis}`) : null,
      said.quote ? h("blockquote", { lang: source.lang || "zh" }, said.quote) : null,
      pairs([[t("status"), say(said.status)], [t("modality"), say(said.modality)], [t("since"), said.since], [t("until"), said.until],
        [t("as_of"), said.as_of], [t("confidence"), said.confidence], ...figures(said.figures), [t("context"), said.context],
        [t("note"), said.note]]));
  }

  function sourceLink(source) {
    if (!/^https?:\/\//.test(source.url || "")) return null;
    return h("a", { href: source.url, rel: "noopener noreferrer", target: "_blank" }, t("source_page"));
  }

  function showNode(id, fromTable = false) {
    const node = nodes.get(id);
    if (network) {
      network.setSelection({ nodes: [id], edges: [] }, { highlightEdges: false });
      if (fromTable) network.focus(id, { scale: Math.max(network.getScale(), 0.7), animation: motion(true) });
    }
    const kind = view.legend.kinds.find((entry) => entry.kind === node.kind);
    const ties = factsOf.get(id);
    show({ node: id }, [
      h("h3", { className: "name" }, kind ? shapeMark(kind) : "", " ", say(node.name)),
      h("p", { className: "where" }, say(node.kind_label)),
      pairs([[t("name_zh"), node.names.name_zh], [t("name_en"), node.names.name_en], ...figures(node.properties), [t("id"), h("code", {}, id)]]),
      node.claims.length ? h("details", {}, h("summary", {}, `${t("proof_of_properties")} (${node.claims.length})`),
        h("ol", { className: "claims" }, node.claims.map(claim))) : null,
      ties.length ? h("h3", {}, `${t("ties")} (${ties.length})`) : null,
      h("ul", { className: "ties" }, ties.slice(0, ROWS).map((fact) => h("li", {},
        fact.subject === id ? [] : [nodeButton(fact.subject), " "], factButton(fact),
        fact.object === id && fact.subject !== id ? [] : [" ", nodeButton(fact.object)], " ", statusMark(fact)))),
    ].filter(Boolean), fromTable);
  }

  // -- the whole --------------------------------------------------------------------------------

  function drawLanguages() {
    $("languages").setAttribute("aria-label", t("language"));
    $("languages").replaceChildren(...Object.entries(view.languages).map(([code, name]) => h("button", {
      type: "button", lang: code, "aria-pressed": String(code === lang), onclick: () => speak(code),
    }, name)));
  }

  function speak(code) {
    lang = code;
    draw();
    relabel();
    document.querySelector(`#languages button[lang="${CSS.escape(code)}"]`).focus();
  }

  function draw() {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : lang;
    document.title = `${t("title")} · ${view.selection || "ParkGraph"}`;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
    $("counts").textContent = `${nodes.size} ${t("entities")} · ${facts.size} ${t("facts")}`;
    $("filter").placeholder = t("filter_hint");
    $("notices").replaceChildren(...view.notices.map((notice) => h("p", { className: "notice", role: "status" }, `${t("truncated")}: ${say(notice)}`)));
    drawLanguages();
    drawZoom();
    drawNetwork();
    drawLegend();
    drawTable();
    if (shown) (shown.fact ? showFact(shown.fact) : showNode(shown.node));
  }

  if (window.top !== window.self) document.body.classList.add("framed");
  $("filter").addEventListener("input", (event) => {
    Object.assign(table, { filter: event.target.value, rows: ROWS });
    drawTable();
  });
  $("more").addEventListener("click", () => {
    table.rows += ROWS;
    drawTable();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) hideDetails();
  });
  draw();
})();
