// Bundles the two entry points, each with its stylesheets, into one file each.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { build, context } from "esbuild";

const OUTDIR = "../unflax_viz/widget/static";

const common = {
  outdir: OUTDIR,
  bundle: true,
  target: "es2022",
  minify: true,
  loader: { ".css": "text" },
  logLevel: "info",
  format: "iife",
};

/**
 * Every widget sends its code, and a page keeps each module that it ever imported. So
 * only the first copy of the same code is run, and draws for all that follow.
 */
const sharedModule = {
  name: "shared-module",
  setup({ onEnd }) {
    onEnd(async ({ outputFiles }) => {
      for (const { path, text } of outputFiles ?? []) {
        const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
        const wrapped = `function load(){${text}return unflaxViz.default}
export default globalThis[Symbol.for("unflax-viz ${hash}")]??=load();
`;
        await mkdir(OUTDIR, { recursive: true });
        await writeFile(path, wrapped);
      }
    });
  },
};

const builds = [
  // What anywidget imports.
  {
    ...common,
    entryPoints: ["src/index.ts"],
    globalName: "unflaxViz",
    write: false,
    plugins: [sharedModule],
  },
  // What run.to_html writes into its page as a classic script.
  { ...common, entryPoints: ["src/page.ts"] },
];

for (const options of builds) {
  if (process.argv.includes("--watch")) await (await context(options)).watch();
  else await build(options);
}
