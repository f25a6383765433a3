// Builds the page to dist/site: bundles playground/, and lays the kernels and the default model beside it for the browser mode. Prints
// what a visitor downloads, compressed.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const site = "dist/site";
const model = "models/minilm-l6-heads/model.safetensors";
const modelPath = "models/minilm-l6-heads.safetensors";
const files = ["index.html", "_headers"];

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync(`${site}/chunks`, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["playground/app.ts", "playground/worker.ts", "playground/style.css"],
  outdir: site,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2024",
  // Behind imports that a page never comes to: folders, and models of the Hub.
  external: ["node:*", "@huggingface/hub"],
  define: { MODEL: JSON.stringify({ path: `/${modelPath}`, bytes: statSync(model).size }) },
  metafile: true,
  logLevel: "warning",
});

for (const name of files) copyFileSync(`playground/${name}`, `${site}/${name}`);
mkdirSync(`${site}/models`, { recursive: true });
copyFileSync(model, `${site}/${modelPath}`);
// Where src/wasm/kernel/modules.browser.ts finds them from the root of the site.
cpSync("dist/kernel", `${site}/dist/kernel`, { recursive: true });

/** The output and all that it imports at once. */
function withImports(output: string): string[] {
  const imports = metafile.outputs[output]?.imports.filter(({ kind }) => kind === "import-statement") ?? [];
  return [output, ...imports.flatMap(({ path, external }) => (external ? [] : withImports(path)))];
}

function report(part: string, outputs: readonly string[]): void {
  const bytes = [...new Set(outputs)].reduce((sum, path) => sum + gzipSync(readFileSync(path)).byteLength, 0);
  console.log(`playground: ${part} ${(bytes / 1024).toFixed(1)} KiB gzip`);
}

const page = ["index.html", "style.css"].map((name) => `${site}/${name}`);
report("page", [...page, ...withImports(`${site}/app.js`)]);
report("browser mode, without kernel and model,", withImports(`${site}/worker.js`));
