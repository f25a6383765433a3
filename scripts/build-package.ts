// Builds the library as it is published, in dist/package: each module of src/ compiled to ESM with a source map, the declarations that users can
// reach, the kernels (compiled by build-kernel.ts before), and a package.json derived from the checkout's; and create-bertlet, bundled into one file.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, encode, type SourceMapLine } from "@jridgewell/sourcemap-codec";
import { type Comment, parse } from "acorn";
import { build } from "esbuild";

const target = "dist/package";
const documents = ["README.md", "CHANGELOG.md", "LICENSE", "NOTICE"];
/** Folders of modules without source maps. */
const UNMAPPED = ["cli", "data", "tokenizer/files", "tokenizer/slow"];

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
rmSync(target, { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.build.json"], { stdio: "inherit" });
rewriteDeclarations();
blankComments();
dropUnusedMaps();
mapWholeLines();
cpSync("dist/kernel", `${target}/dist/kernel`, { recursive: true });
for (const name of documents) copyFileSync(name, `${target}/${name}`);
const manifest = publishedManifest();
writeFileSync(`${target}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
dropInternalDeclarations(manifest);
await build({
  entryPoints: ["packages/create-bertlet/index.ts"],
  outfile: "packages/create-bertlet/dist/index.js",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
});

/** The compiler rewrites `.ts` to `.js` in the imports of modules, but leaves those of declarations. */
function rewriteDeclarations(): void {
  for (const file of globSync(`${target}/**/*.d.ts`)) {
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(/((?:from |import\()"\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
  }
}

/**
 * Empties the comments at the ends of lines in modules: declarations and source maps have them, too. Lines and columns of code stay where they are, so
 * that the maps stay right, and comments inside a line stay for bundlers.
 */
function blankComments(): void {
  for (const file of globSync(`${target}/**/*.js`)) {
    const text = readFileSync(file, "utf8");
    const comments: Comment[] = [];
    parse(text, { ecmaVersion: "latest", sourceType: "module", onComment: comments });
    let code = "";
    let at = 0;
    for (const { start, end, value } of comments) {
      const isKept = value.startsWith("# sourceMappingURL") || (start === 0 && text.startsWith("#!"));
      if (isKept || !/^[^\S\n]*(\n|$)/.test(text.slice(end))) continue;
      code += text.slice(at, start) + value.replaceAll(/[^\n]/g, "");
      at = end;
    }
    writeFileSync(file, code + text.slice(at));
  }
}

/**
 * Removes the source maps of modules that hold constants or types alone, where no stack trace leads; those of the command line and its readers of data, which
 * nobody's code calls; and those of readers of a tokenizer's files and of the slow tokenizers, whose errors name the file, the field and the value.
 */
function dropUnusedMaps(): void {
  // Syntax that runs, or that loads a module that may.
  const runs = /"type":"(Function|Arrow|Class|Call|New|Tagged|Import|ExportAll)|"source":\{/;
  for (const file of globSync(`${target}/**/*.js`)) {
    const text = readFileSync(file, "utf8");
    const nodes = JSON.stringify(parse(text, { ecmaVersion: "latest", sourceType: "module" }), leaveOutBigInts);
    if (runs.test(nodes) && !UNMAPPED.some((folder) => file.startsWith(`${target}/dist/${folder}/`))) continue;
    writeFileSync(file, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
    rmSync(`${file}.map`);
  }
}

function leaveOutBigInts(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? undefined : value;
}

/**
 * Keeps one segment a line of each source map, which begins where both lines do: the compiler only erases types, so a line is all that a stack trace
 * needs. The rest is 200 kB, and 18 kB packed for the columns of what is kept.
 */
function mapWholeLines(): void {
  for (const file of globSync(`${target}/**/*.js.map`)) {
    const map = JSON.parse(readFileSync(file, "utf8"));
    const lines = decode(map.mappings).map(([first]): SourceMapLine => {
      const [, source, line] = first ?? [];
      return source === undefined || line === undefined ? [] : [[0, source, line, 0]];
    });
    const mappings = encode(lines);
    writeFileSync(file, JSON.stringify({ ...map, mappings }));
  }
}

/** Removes the declarations of modules that no export leads to: nobody can import those modules. */
function dropInternalDeclarations({ exports }: Record<string, unknown>): void {
  const reached = new Set<string>();
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, module] of readFileSync(file, "utf8").matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g))
      reach(join(dirname(file), `${module}.d.ts`));
  };
  for (const entry of Object.values(exports as Record<string, string | { types: string }>))
    if (typeof entry === "object") reach(join(target, entry.types));
  for (const file of globSync(`${target}/**/*.d.ts`)) if (!reached.has(file)) rmSync(file);
}

type Targets = string | { readonly [condition: string]: Targets };

/** package.json without what only the checkout needs, and with the compiled module where it names a source. */
function publishedManifest(): Record<string, unknown> {
  const {
    private: _,
    workspaces,
    scripts,
    devDependencies,
    allowScripts,
    ...manifest
  } = JSON.parse(readFileSync("package.json", "utf8"));
  const { bin, exports, imports, sideEffects } = manifest;
  for (const file of Object.values<string>(bin)) chmodSync(`${target}/${compiled(file)}`, 0o755);
  return {
    ...manifest,
    sideEffects: sideEffects.map(compiled),
    imports: mapTargets(imports, compiled),
    bin: mapTargets(bin, compiled),
    exports: mapTargets(exports, (file) =>
      file.endsWith(".ts") ? { types: compiled(file).replace(/js$/, "d.ts"), default: compiled(file) } : file,
    ),
  };
}

function compiled(source: string): string {
  return source.replace(/^\.\/src\/(.+)\.ts$/, "./dist/$1.js");
}

function mapTargets(targets: Targets, map: (file: string) => Targets): Targets {
  if (typeof targets === "string") return map(targets);
  return Object.fromEntries(Object.entries(targets).map(([key, value]) => [key, mapTargets(value, map)]));
}
