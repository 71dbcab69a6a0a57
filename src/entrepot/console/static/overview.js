// The plots of the overview: asks for the counters and draws how they change. Counters are sums of all workers, so any
// worker may answer. What was seen is kept for this tab, so that a plot goes on when one comes back to the page.
"use strict";

(() => {
  const plots = document.getElementById("plots");
  const language = plots.dataset.language;
  const EVERY_MS = 2000;
  const KEPT_SECONDS = 600;
  const SHOWN_SECONDS = 300;
  const STORE = "entrepot-figures";
  const COLOURS = ["--plot-1", "--plot-2", "--plot-3", "--plot-4", "--plot-5", "--plot-6"];
  const whole = new Intl.NumberFormat(language);
  const part = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const BINARY = Array.from({ length: 50 }, (_, power) => 2 ** power);
  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

  const size = (count) => {
    let unit = 0;
    let left = count;
    while (Math.abs(left) >= 1024 && unit < UNITS.length - 1) {
      left /= 1024;
      unit += 1;
    }
    return `${(unit ? part : whole).format(left)} ${UNITS[unit]}`;
  };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const remembered = () => {
    try {
      const found = JSON.parse(sessionStorage.getItem(STORE) || "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  };
  let samples = remembered();

  const keep = (sample) => {
    const last = samples[samples.length - 1];
    if (last && (sample.at <= last.at || sample.requests < last.requests)) {
      samples = sample.at <= last.at && sample.requests >= last.requests ? samples : [];
    }
    samples.push(sample);
    samples = samples.filter((one) => one.at > sample.at - KEPT_SECONDS);
    try {
      sessionStorage.setItem(STORE, JSON.stringify(samples));
    } catch {
      // a full storage: the plots go on without it
    }
  };

  const dialects = () => [...new Set(samples.flatMap((one) => Object.keys(one.dialects)))].sort();
  const of = (sample, dialect, name) => (sample.dialects[dialect] || {})[name] || 0;

  // For each plot the names of its lines, and a function of two samples and the seconds between them.
  const lines = {
    requests: () => dialects().map((name) => [name, (a, b, s) => (of(b, name, "requests") - of(a, name, "requests")) / s]),
    refusals: () => dialects().map((name) => [name, (a, b, s) => (of(b, name, "refused") - of(a, name, "refused")) / s]),
    latency: () =>
      dialects().map((name) => [
        name,
        (a, b) => {
          const count = of(b, name, "requests") - of(a, name, "requests");
          return count > 0 ? (1000 * (of(b, name, "seconds") - of(a, name, "seconds"))) / count : null;
        },
      ]),
    traffic: (figure) => [
      [figure.dataset.received, (a, b, s) => (b.received - a.received) / s],
      [figure.dataset.sent, (a, b, s) => (b.sent - a.sent) / s],
    ],
  };
  const drawn = new Map();

  const options = (figure, names) => ({
    width: figure.querySelector(".canvas").clientWidth,
    height: 190,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true, range: (_plot, _low, high) => [high - SHOWN_SECONDS, high] }, y: { range: (_plot, _low, high) => [0, Math.max(1, 1.1 * (high || 0))] } },
    padding: [10, 10, 0, 0],
    axes: [
      { stroke: style("--muted"), grid: { stroke: style("--line"), width: 1 }, ticks: { show: false }, font: `11px ${style("--font")}`, values: (_plot, times) => times.map((at) => new Date(at * 1000).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })), space: 70, size: 30 },
      { stroke: style("--muted"), grid: { stroke: style("--line"), width: 1 }, ticks: { show: false }, font: `11px ${style("--font")}`, size: figure.dataset.plot === "traffic" ? 66 : 40, incrs: figure.dataset.plot === "traffic" ? BINARY : undefined, values: (_plot, values) => values.map((value) => (figure.dataset.plot === "traffic" ? size(value) : part.format(value))) },
    ],
    series: [{}, ...names.map((name, index) => ({ label: name, stroke: style(COLOURS[index % COLOURS.length]), width: 2, spanGaps: true, points: { show: figure.dataset.plot === "latency", size: 4 } }))],
  });

  const legend = (figure, names, data) => {
    const list = figure.querySelector(".legend");
    const items = names.map((name, index) => {
      const item = document.createElement("li");
      const values = data[index + 1].filter((value) => value !== null);
      const last = values.length ? values[values.length - 1] : 0;
      const mark = document.createElement("span");
      mark.className = `mark mark-${(index % COLOURS.length) + 1}`;
      const value = document.createElement("b");
      value.textContent = figure.dataset.plot === "traffic" ? size(last) : part.format(last);
      item.append(mark, `${name} `, value);
      return item;
    });
    list.replaceChildren(...items);
  };

  const draw = () => {
    for (const figure of plots.querySelectorAll("[data-plot]")) {
      const wanted = lines[figure.dataset.plot](figure);
      const names = wanted.map(([name]) => name);
      const times = samples.slice(1).map((one) => one.at);
      const data = [times, ...wanted.map(([, rate]) => samples.slice(1).map((one, index) => rate(samples[index], one, one.at - samples[index].at)))];
      legend(figure, names, data);
      let plot = drawn.get(figure);
      if (!plot || plot.names !== names.join("\n")) {
        if (plot) plot.chart.destroy();
        plot = { names: names.join("\n"), chart: new uPlot(options(figure, names), data, figure.querySelector(".canvas")) };
        drawn.set(figure, plot);
      } else {
        plot.chart.setData(data);
      }
    }
  };

  const redraw = () => {
    for (const { chart } of drawn.values()) chart.destroy();
    drawn.clear();
    draw();
  };

  const put = (name, text) => {
    const place = document.querySelector(`[data-value="${name}"]`);
    place.textContent = place.dataset.text ? place.dataset.text.replace(/\{\w+\}/, text) : text;
  };

  const cell = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (name === "th") made.scope = "row";
    else made.className = "figure";
    return made;
  };

  const tell = (sample) => {
    put("requests", whole.format(sample.requests));
    put("refused_share", whole.format(sample.refused));
    put("open_uploads", whole.format(sample.open_uploads));
    put("callbacks_ok", whole.format(sample.callbacks_ok));
    put("callbacks_failed", whole.format(sample.callbacks_failed));
    put("disk_free", size(sample.disk_free));
    document.querySelector("#tiles meter").value = sample.disk_bytes ? 1 - sample.disk_free / sample.disk_bytes : 0;
    const rows = Object.entries(sample.dialects).map(([name, one]) => {
      const row = document.createElement("tr");
      const mean = one.requests ? (1000 * one.seconds) / one.requests : 0;
      row.append(cell("th", name), cell("td", whole.format(one.requests)), cell("td", whole.format(one.refused)), cell("td", mean.toFixed(1)));
      return row;
    });
    if (rows.length) document.getElementById("dialects").replaceChildren(...rows);
  };

  const live = (is) => {
    const place = document.querySelector(".live");
    place.classList.toggle("paused", !is);
    const word = is ? place.dataset.live : place.dataset.paused;
    if (place.querySelector(".word").textContent !== word) place.querySelector(".word").textContent = word;
  };

  const ask = async () => {
    try {
      const reply = await fetch(plots.dataset.figures, { headers: { Accept: "application/json" } });
      if (reply.status === 401) {
        location.reload();
        return;
      }
      if (!reply.ok) throw new Error(String(reply.status));
      const sample = await reply.json();
      keep(sample);
      tell(sample);
      draw();
      live(true);
    } catch {
      live(false);
    }
    setTimeout(ask, document.hidden ? 5 * EVERY_MS : EVERY_MS);
  };

  new ResizeObserver(() => {
    for (const [figure, { chart }] of drawn) chart.setSize({ width: figure.querySelector(".canvas").clientWidth, height: 190 });
  }).observe(plots);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  ask();
})();
