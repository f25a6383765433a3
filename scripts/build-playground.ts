// Builds the playground to dist/site: the bundled page, and the kernels and the model for its browser mode. Prints what a visitor
// downloads, compressed. Usage: node scripts/build-playground.ts [folder] [model]
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MODEL = "models/minilm-l6-heads/model.safetensors";
const MODEL_PATH = "models/minilm-l6-heads.safetensors";
const FILES = ["index.html", "_headers"];
/** Cloudflare's limit of a static asset. */
const LARGEST_ASSET = 25 * 2 ** 20;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [site = "dist/site", model = MODEL] = process.argv.slice(2);
const modelBytes = statSync(model).size;
const isServed = modelBytes <= LARGEST_ASSET;
for (const folder of ["chunks", "models"]) rmSync(`${site}/${folder}`, { recursive: true, force: true });
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
  // Behind dynamic imports that the page never takes: folders, and models of the Hub.
  external: ["node:*", "@huggingface/hub"],
  define: { MODEL_FILE: JSON.stringify(isServed ? { path: `/${MODEL_PATH}`, bytes: modelBytes } : null) },
  metafile: true,
  logLevel: "warning",
});

for (const name of FILES) copyFileSync(`playground/${name}`, `${site}/${name}`);
if (isServed) {
  mkdirSync(`${site}/models`, { recursive: true });
  copyFileSync(model, `${site}/${MODEL_PATH}`);
} else {
  console.log(
    `playground: ${model} is over 25 MiB, the limit of a static asset: the site goes without it and without browser mode`,
  );
}
// Where src/wasm/kernel/modules.browser.ts finds them from the root of the site.
cpSync("dist/kernel", `${site}/dist/kernel`, { recursive: true });

/** An output and everything that it imports statically. */
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
