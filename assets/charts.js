/**
 * Draws every <figure data-chart="…"> of the page, and again whenever htmx brings a new one.
 *
 * The attribute is JSON: {"x": title, "y": title, "series": [{"name", "kind": "line" | "step" | "bar", "points": [[x, y], …]}]};
 * the x are numbers, or words for bars. The table beside a chart says the same, so that the drawing is hidden from screen readers.
 */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const PALETTE = ["--tblr-primary", "--tblr-orange", "--tblr-teal", "--tblr-purple"];

const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** A colour of the page's as rgb(), the only kind that ECharts can read and canvas can make of any other. */
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = getComputedStyle(probe).color;
  pixel.fillRect(0, 0, 1, 1);
  probe.remove();
  const [red, green, blue, opacity] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${opacity / 255})`;
}

function options({ x, y, series }, narrow) {
  const text = colour("--tblr-body-color");
  const line = colour("--tblr-border-color");
  const splitLine = { lineStyle: { color: line } };
  const named = series.some(({ points }) => points.some(([at]) => typeof at === "string"));
  const axis = { nameTextStyle: { color: text }, axisLabel: { color: text }, axisLine: { lineStyle: { color: line } }, splitLine };
  const rightToLeft = document.documentElement.dir === "rtl";
  return {
    animation: false,
    color: PALETTE.map(colour),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { top: narrow ? 84 : 40, bottom: 48, left: 64, right: narrow ? 16 : 64 },
    legend: { top: 0, orient: narrow ? "vertical" : "horizontal", textStyle: { color: text } },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: { ...axis, type: named ? "category" : "value", name: x, nameLocation: "middle", nameGap: 30, inverse: rightToLeft },
    yAxis: { ...axis, type: "value", name: y, scale: true, position: rightToLeft ? "right" : "left" },
    series: series.map(({ name, kind, points }) => ({
      name,
      type: kind === "bar" ? "bar" : "line",
      step: kind === "step" ? "end" : false,
      showSymbol: false,
      data: points,
    })),
  };
}

function draw(figure) {
  const chart = echarts.getInstanceByDom(figure) ?? echarts.init(figure, null, { renderer: "canvas" });
  chart.setOption(options(JSON.parse(figure.dataset.chart), chart.getWidth() < 480), true);
}

const figures = (part) => [...part.querySelectorAll("[data-chart]"), ...(part.matches?.("[data-chart]") ? [part] : [])];

figures(document).forEach(draw);
document.addEventListener("htmx:load", (event) => figures(event.target).forEach(draw));
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  if (event.target.matches?.("[data-chart]")) echarts.getInstanceByDom(event.target)?.dispose();
});
window.addEventListener("resize", () => {
  figures(document).forEach((figure) => echarts.getInstanceByDom(figure)?.resize());
  drawAgain();
});

// The colours are the page's, so a chart is drawn again when they change.
const drawAgain = () => figures(document).forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
document.addEventListener("theme-changed", drawAgain);
