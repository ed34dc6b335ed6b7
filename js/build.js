// Bundles src/index.ts and its stylesheets into the one file that anywidget loads.
import { build, context } from "esbuild";

const options = {
  entryPoints: ["src/index.ts"],
  outfile: "../unflax_viz/widget/static/index.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  loader: { ".css": "text" },
  logLevel: "info",
};

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
