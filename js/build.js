// Bundles the two entry points, each with its stylesheets, into one file each.
import { build, context } from "esbuild";

const common = {
  outdir: "../unflax_viz/widget/static",
  bundle: true,
  target: "es2022",
  minify: true,
  loader: { ".css": "text" },
  logLevel: "info",
};

const builds = [
  // What anywidget imports.
  { ...common, entryPoints: ["src/index.ts"], format: "esm" },
  // What run.to_html writes into its page as a classic script.
  { ...common, entryPoints: ["src/page.ts"], format: "iife" },
];

for (const options of builds) {
  if (process.argv.includes("--watch")) await (await context(options)).watch();
  else await build(options);
}
