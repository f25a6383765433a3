// The order of the folders in docs/architecture.md: a file imports only from its own folder and from those before it.
import { glob, readFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };

const ORDER = [
  ...[
    "version",
    "errors",
    "digest",
    "random",
    "lru-cache",
    "schemas",
    "options",
    "optional-package",
    "shape",
    "tensor",
    "safetensors",
    "protobuf",
  ].map((name) => `src/${name}.ts`),
  ...["src/source", "src/runtime", "src/tokenizer", "src/architectures", "src/checkpoint", "src/quantize"],
  ...[
    "src/model-file",
    "src/onnx",
    "src/wasm",
    "src/heads",
    "src/models",
    "src/pool",
    "src/data",
    "src/eval",
    "src/train",
    "src/tasks",
  ],
  ...["src/http", "src/webhooks", "src/teaching", "src/jobs", "src/cli", "src/index.ts", "functions", "playground"],
];
// Files without code of ours, which any file may import.
const ANYWHERE = ["package.json", "dist/kernel", "models/"];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
}

async function readImports(): Promise<Import[]> {
  const imports: Import[] = [];
  for await (const from of glob(["src/**/*.ts", "functions/*.ts", "playground/**/*.ts"])) {
    const text = await readFile(from, "utf8");
    for (const [, names = "", specifier] of text.matchAll(/^(?:import|export) (?:([^;"]*?) from )?"([^"]+)"/gm))
      for (const to of resolve(from, specifier!)) imports.push({ from, to, isType: isTypeOnly(names) });
    for (const [, specifier] of text.matchAll(/\bimport\("([^"]+)"\)/g))
      for (const to of resolve(from, specifier!)) imports.push({ from, to, isType: true });
  }
  return imports;
}

/** `type …`, or `{ type A, type B }`. */
function isTypeOnly(names: string): boolean {
  if (names.startsWith("type ")) return true;
  const listed = /^\{(.*)\}$/s
    .exec(names.trim())?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return listed?.every((name) => name.trim().startsWith("type ")) ?? false;
}

/** The files of the project that a specifier can mean; none for a package. */
function resolve(from: string, specifier: string): string[] {
  if (specifier.startsWith(".")) return [normalize(join(from, "..", specifier))];
  const conditional = (packageJson.imports as Record<string, Record<string, string>>)[specifier];
  return Object.values(conditional ?? {}).map(normalize);
}

function rank(path: string): number {
  return ORDER.findIndex((layer) => path === layer || path.startsWith(`${layer}/`));
}

const imports = await readImports();

test("every file belongs to a layer", () => {
  expect(imports.length).toBeGreaterThan(500);
  const files = new Set(imports.flatMap(({ from, to }) => [from, to]));
  const strangers = [...files].filter((path) => rank(path) < 0 && !ANYWHERE.some((prefix) => path.startsWith(prefix)));
  expect(strangers.filter((path) => !path.endsWith(".d.ts"))).toEqual([]);
});

test("no file imports from a later layer", () => {
  const against = imports.filter(({ from, to }) => rank(to) > rank(from));
  expect(against.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test("no imports go in a circle at run time", () => {
  const targets = Map.groupBy(
    imports.filter(({ isType }) => !isType),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push([...trail.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const { to } of targets.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  expect(circles).toEqual([]);
});
