// Bundles assets/ into schedtest/web/static/built/, each file named after its content, with a manifest of the names.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";

const assets = dirname(fileURLToPath(import.meta.url));
const root = dirname(assets);
const built = join(root, "schedtest/web/static/built");
const packages = join(root, "node_modules");
const manifest = {};
const kept = new Set(["manifest.json"]);

function filesIn(folder, extension) {
  return readdirSync(folder, { recursive: true }).filter((path) => extname(path) === extension).map((path) => join(folder, path));
}

const pages = [
  ...filesIn(join(root, "templates"), ".html"),
  ...filesIn(join(root, "schedtest/web"), ".py"),
  ...filesIn(assets, ".js"),
];

function write(name, content) {
  writeFileSync(join(built, name), content);
  kept.add(name);
}

function publish(name, content) {
  const { name: stem, ext } = parse(name);
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 10);
  manifest[name] = `${stem}-${digest}${ext}`;
  write(manifest[name], content);
}

async function bundle(entryPoints, options = {}) {
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    minify: true,
    legalComments: "none",
    target: ["es2022"],
    loader: { ".woff2": "file" },
    assetNames: "[name]-[hash]",
    outdir: built,
    write: false,
    ...options,
  });
  return outputFiles;
}

async function scripts() {
  const entries = readdirSync(assets).filter((name) => extname(name) === ".js").map((name) => join(assets, name));
  for (const file of await bundle(entries, { format: "iife" })) publish(basename(file.path), file.contents);
}

// One sheet for each direction of reading: what the pages use of Tabler's, and then all of ours.
async function styles() {
  const files = await bundle([join(assets, "app.css")]);
  const ours = files.find((file) => extname(file.path) === ".css");
  for (const font of files.filter((file) => file !== ours)) write(basename(font.path), font.contents);
  const moving = ["dropdown", "modal", "collapse", "toast"].map((part) => join(packages, `bootstrap/js/src/${part}.js`));
  for (const [name, tabler] of [["app.css", "tabler.min.css"], ["app.rtl.css", "tabler.rtl.min.css"]]) {
    const [used] = await new PurgeCSS().purge({
      content: [...pages, ...moving],
      css: [join(packages, "@tabler/core/dist/css", tabler)],
      safelist: { greedy: [/data-bs-theme/] },
    });
    publish(name, `${used.css}\n${ours.text}`);
  }
}

// Every quoted word of the pages that names an icon brings that icon along.
function icons() {
  const words = new Set(pages.flatMap((path) => readFileSync(path, "utf8").match(/(?<=["'])[a-z][a-z0-9-]*(?=["'])/g) ?? []));
  const drawings = [...words].sort().map((word) => [word, join(packages, `@tabler/icons/icons/outline/${word}.svg`)]);
  const symbols = drawings.filter(([, path]) => existsSync(path)).map(([word, path]) => {
    const lines = readFileSync(path, "utf8").match(/<(?:path|circle|rect|line|polyline|ellipse)[^>]*>/g);
    const visible = lines.filter((line) => !line.includes('stroke="none"'));
    return `<symbol id="${word}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${visible.join("")}</symbol>`;
  });
  publish("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
}

mkdirSync(built, { recursive: true });
await scripts();
await styles();
icons();
writeFileSync(join(built, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of readdirSync(built)) if (!kept.has(name)) rmSync(join(built, name));
