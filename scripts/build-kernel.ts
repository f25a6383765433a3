// Compiles src/wasm/kernels/forward (AssemblyScript) to dist/kernel/relaxed.wasm and dist/kernel/baseline.wasm, and for the tests to
// dist/kernel-test: the relaxed build once with each of its int8 inner loops, whichever this processor would choose. The kernels of
// training, src/wasm/kernels/backward, become modules of their own: dist/kernel/relaxed-training.wasm and baseline-training.wasm.
// Modules that are newer than every source are kept.
//
// `--debug` compiles the same modules with assertions, a source map and the text format (.wat) beside each. They are marked as stale,
// so that the next run without `--debug` replaces them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FORWARD = "src/wasm/kernels/forward";
const BACKWARD = "src/wasm/kernels/backward";

/** DOT_PRODUCT: 1 or 0 chooses the inner loop of gemm_qd8_f32_qc7w; 2 leaves it to the processor. */
const relaxed = (dotProduct: 0 | 1 | 2) => [
  ...["--enable", "relaxed-simd", "--use", "RELAXED=1"],
  ...["--use", `DOT_PRODUCT=${dotProduct}`],
];
const baseline = ["--use", "RELAXED=0", "--use", "DOT_PRODUCT=0"];
const MODULES: Readonly<Record<string, { readonly source: string; readonly flags: readonly string[] }>> = {
  "kernel/relaxed": { source: FORWARD, flags: relaxed(2) },
  "kernel/baseline": { source: FORWARD, flags: baseline },
  "kernel/relaxed-training": { source: BACKWARD, flags: relaxed(2) },
  "kernel/baseline-training": { source: BACKWARD, flags: baseline },
  "kernel-test/relaxed-dot": { source: FORWARD, flags: relaxed(1) },
  "kernel-test/relaxed-pair": { source: FORWARD, flags: relaxed(0) },
};

// The memory belongs to the session, which also sets its maximum. An assertion that fails traps: the modules import no `abort`.
const COMMON = ["--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd", "--use", "abort="];
const PRODUCTION = ["-O3", "--noAssert"];
const DEBUG = ["-O1", "--debug", "--sourceMap"];

/**
 * Reads a source for the compiler. Functions that are to be inlined say so with the tag `@inline` at the end of their comment, because
 * TypeScript and Biome reject AssemblyScript's decorators on functions; here the tag becomes the decorator, on the same line.
 */
function readSource(filename: string, baseDir: string): string | null {
  const path = filename.startsWith("/") ? filename : `${baseDir}/${filename}`;
  if (!existsSync(path)) return null;
  return readFileSync(path, "utf8").replace(/(@inline\s*\*\/\n)(?=(export )?function )/g, "$1@inline ");
}

async function compile(source: string, outFile: string, flags: readonly string[]): Promise<void> {
  const options = ["--baseDir", ROOT, "--outFile", outFile, ...COMMON, ...flags];
  const { error, stderr } = await asc.main([`${source}/index.ts`, ...options], { readFile: readSource });
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const debug = process.argv.includes("--debug");
const unknown = process.argv.slice(2).find((option) => option !== "--debug");
if (unknown) throw new Error(`unknown option ${unknown}; the only one is --debug`);
const inputs = [
  fileURLToPath(import.meta.url),
  ...[FORWARD, BACKWARD].flatMap((folder) => readdirSync(ROOT + folder).map((name) => `${ROOT}${folder}/${name}`)),
];
const newest = Math.max(...inputs.map(modified));
for (const [name, { source, flags }] of Object.entries(MODULES)) {
  const path = `dist/${name}`;
  const wasm = `${ROOT}${path}.wasm`;
  if (!debug && modified(wasm) > newest) continue;
  mkdirSync(`${ROOT}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
  const mode = debug ? [...DEBUG, "--textFile", `${path}.wat`] : PRODUCTION;
  await compile(source, `${path}.wasm`, [...mode, ...flags]);
  if (debug) utimesSync(wasm, 0, 0);
  else for (const extra of [".wasm.map", ".wat"]) rmSync(`${ROOT}${path}${extra}`, { force: true });
}
