// Bundles the two ways into the inspector, stylesheets included, each into one file:
// index.js is what anywidget loads, page.js is what a self-contained page runs.
import { build, context } from "esbuild";

const common = {
  bundle: true,
  target: "es2022",
  minify: true,
  loader: { ".css": "text" },
  logLevel: "info",
};
const folder = "../unflax_viz/widget/static";
const bundles = [
  {
    ...common,
    entryPoints: ["src/index.ts"],
    outfile: `${folder}/index.js`,
    format: "esm",
  },
  {
    ...common,
    entryPoints: ["src/page.ts"],
    outfile: `${folder}/page.js`,
    format: "iife",
  },
];

if (process.argv.includes("--watch")) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  for (const options of bundles) await build(options);
}
