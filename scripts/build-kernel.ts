// Compiles src/wasm/kernels/forward (AssemblyScript) to its two modules, dist/kernel/relaxed.wasm and dist/kernel/baseline.wasm.
// Skips the work when the modules are newer than every source.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const builds = { relaxed: ["--enable", "relaxed-simd", "--use", "RELAXED=1"], baseline: ["--use", "RELAXED=0"] };
// The memory is the session's, and so is its maximum.

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const sources = readdirSync(`${root}src/wasm/kernels/forward`).map((name) => `${root}src/wasm/kernels/forward/${name}`);
const newest = Math.max(modified(fileURLToPath(import.meta.url)), ...sources.map(modified));
mkdirSync(`${root}dist/kernel`, { recursive: true });
for (const [name, flags] of Object.entries(builds)) {
  const outFile = `dist/kernel/${name}.wasm`;
  if (modified(root + outFile) > newest) continue;
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--noExportMemory", "--enable", "simd"];
  const { error, stderr } = await asc.main([
    "src/wasm/kernels/forward/index.ts",
    "--baseDir",
    root,
    "--outFile",
    outFile,
    ...options,
    ...flags,
  ]);
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
}
