// The files of a new project: a Worker that serves the chosen tasks. Each function below makes one file.
import { randomBytes } from "node:crypto";
import type { TaskChoice } from "./tasks.ts";
import { COMPATIBILITY_DATE, DEV_DEPENDENCIES, MODEL_PACKAGE } from "./versions.ts";

export interface ProjectChoices {
  readonly name: string;
  readonly tasks: readonly TaskChoice[];
  /** Whether the model is uploaded with the script or read from an R2 bucket. */
  readonly model: "bundled" | "r2";
  readonly webhooks: boolean;
  /** The version of bertlet to depend on. */
  readonly version: string;
}

/** The files by path. */
export function projectFiles(choices: ProjectChoices): Map<string, string> {
  return new Map([
    ["package.json", packageJson(choices)],
    ["wrangler.toml", wranglerToml(choices)],
    ["tsconfig.json", json({ compilerOptions: COMPILER_OPTIONS, include: ["src", "test"] })],
    ["vitest.config.ts", VITEST_CONFIG],
    ["src/index.ts", worker(choices)],
    ["test/index.test.ts", test(choices)],
    ["README.md", readme(choices)],
    [".gitignore", "node_modules/\n.wrangler/\n.dev.vars\n"],
    ...(choices.webhooks ? ([[".dev.vars", `WEBHOOK_SECRET="${webhookSecret()}"\n`]] as const) : []),
  ]);
}

function packageJson({ name, version }: ProjectChoices): string {
  return json({
    name,
    private: true,
    type: "module",
    scripts: { dev: "wrangler dev", test: "vitest run", check: "tsc", deploy: "wrangler deploy" },
    dependencies: { bertlet: `^${version}`, [MODEL_PACKAGE]: `^${version}` },
    devDependencies: DEV_DEPENDENCIES,
  });
}

const COMPILER_OPTIONS = {
  target: "ES2024",
  lib: ["ES2024"],
  module: "ESNext",
  moduleResolution: "Bundler",
  types: ["@cloudflare/workers-types"],
  strict: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};

const VITEST_CONFIG = `import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Tests run inside the Workers runtime, with the bindings of wrangler.toml.
export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
  test: { testTimeout: 60_000 },
});
`;

function wranglerToml({ name, model, webhooks }: ProjectChoices): string {
  return [
    `name = "${name}"
main = "src/index.ts"
compatibility_date = "${COMPATIBILITY_DATE}"
# What a client no longer waits for is not computed.
compatibility_flags = ["enable_request_signal"]
minify = true
keep_names = false

# Keeps the log lines.
[observability]
enabled = true

# A request that computes for longer than this is stopped.
[limits]
cpu_ms = 30_000
`,
    model === "bundled"
      ? `
# The model is uploaded with the script and arrives as an ArrayBuffer.
[[rules]]
type = "Data"
globs = ["**/*.safetensors"]
fallthrough = false
`
      : `
# The bucket that holds the model.
[[r2_buckets]]
binding = "MODELS_BUCKET"
bucket_name = "${name}-models"
`,
    webhooks ? WEBHOOK_BINDINGS(name) : "",
  ].join("");
}

const WEBHOOK_BINDINGS = (name: string) => `
# Whose webhooks are tagged, and how.
[vars.TAGGING.sources.reviews]
scheme = "standard-webhooks"
secrets = ["WEBHOOK_SECRET"]
text = "$.text"
tags = { sentiment = 0.5 }

# Deliveries that were answered before, and tags that could not be delivered.
[[durable_objects.bindings]]
name = "DELIVERIES"
class_name = "Deliveries"

[[durable_objects.bindings]]
name = "DEAD_LETTERS"
class_name = "DeadLetters"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Deliveries", "DeadLetters"]

# Tags on their way to a callback.
[[queues.producers]]
binding = "TAGS"
queue = "${name}-tags"

[[queues.consumers]]
queue = "${name}-tags"
max_batch_size = 10
max_batch_timeout = 1
max_retries = 8
dead_letter_queue = "${name}-tags-dead"

# The Worker recognises a dead-letter queue by a name that ends in -dead.
[[queues.consumers]]
queue = "${name}-tags-dead"
max_batch_size = 100
max_batch_timeout = 1
max_retries = 100
`;

/** A Worker of one task carries what that task needs, and no description of its routes. */
function hasDocs({ tasks, model, webhooks }: ProjectChoices): boolean {
  return tasks.length !== 1 || model === "r2" || webhooks;
}

function worker(choices: ProjectChoices): string {
  const { tasks, model, webhooks } = choices;
  const names = tasks.map((task) => task.export);
  const options = ["model", ...(names.length > 0 ? [`tasks: [${names.join(", ")}]`] : [])];
  if (webhooks) options.push("groups: tagging.groups");
  const docs = hasDocs(choices) ? ["apiDocs"] : [];
  if (hasDocs(choices)) options.push("docs: apiDocs");
  const imports = [
    ...(model === "r2" ? [`import { env } from "cloudflare:workers";`, `import { loadPacked } from "bertlet";`] : []),
    `import { ${["createApp", ...docs, ...names].sort().join(", ")} } from "bertlet/server";`,
    ...(webhooks ? [`import { createTagging } from "bertlet/webhooks";`] : []),
    ...(model === "bundled" ? [`import model from "${MODEL_PACKAGE}/model.safetensors";`] : []),
  ];
  const parts = [imports.join("\n")];
  if (webhooks)
    parts.push(
      `// Durable Objects that wrangler.toml binds.\nexport { DeadLetters, Deliveries } from "bertlet/webhooks";`,
    );
  if (model === "r2") parts.push(R2_MODEL);
  const app = `createApp({ ${options.join(", ")} })`;
  parts.push(
    webhooks
      ? `const tagging = createTagging();\nconst app = ${app};\n\nexport default { fetch: app.fetch, queue: tagging.queue };`
      : `export default ${app};`,
  );
  return `${parts.join("\n\n")}\n`;
}

const R2_MODEL = `declare global {
  namespace Cloudflare {
    interface Env {
      MODELS_BUCKET: R2Bucket;
    }
  }
}

/** Read when the first request comes, straight into the memory of the kernels. */
async function model() {
  const file = await env.MODELS_BUCKET.get("model.safetensors");
  if (!file) throw new Error("there is no model.safetensors in the bucket (README.md)");
  return loadPacked(file.body);
}`;

function test(choices: ProjectChoices): string {
  const { tasks, model, webhooks } = choices;
  const [task] = tasks;
  const paths = [...tasks.map(({ name }) => `/${name}`), ...(webhooks ? ["/tag/{source}"] : [])];
  const lines = [`import { expect, it } from "vitest";`, `import worker from "../src/index.ts";`];
  if (hasDocs(choices)) {
    lines.push(
      "",
      `it("describes its routes", async () => {`,
      `  const response = await worker.fetch(new Request("http://localhost/openapi.json"));`,
      `  const { paths } = await response.json<{ paths: object }>();`,
      `  expect(Object.keys(paths)).toEqual(expect.arrayContaining(${JSON.stringify(paths)}));`,
      "});",
    );
  }
  if (task && model === "bundled") {
    lines.push(
      "",
      `it("answers at /${task.name}", async () => {`,
      `  const body = JSON.stringify(${JSON.stringify(task.body)});`,
      `  const headers = { "Content-Type": "application/json" };`,
      `  const response = await worker.fetch(new Request("http://localhost/${task.name}", { method: "POST", headers, body }));`,
      `  expect(response.status).toBe(200);`,
      "});",
    );
  }
  return `${lines.join("\n")}\n`;
}

function readme(choices: ProjectChoices): string {
  const { name, tasks, model, webhooks } = choices;
  const [task] = tasks;
  const parts = [
    `# ${name}\n\nA Worker on Cloudflare that answers with a BERT model, made with [bertlet](https://www.npmjs.com/package/bertlet).`,
    code(
      "npm install\nnpm run dev      # http://localhost:8787\nnpm test         # in the Workers runtime\nnpm run deploy",
    ),
  ];
  if (model === "r2") parts.push(readmeOfR2(name));
  if (task) {
    parts.push(
      code(
        `curl localhost:8787/${task.name} -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(task.body)}'`,
      ),
    );
  }
  parts.push(
    hasDocs(choices)
      ? "`/docs` shows every route and parameter, `/openapi.json` the same for programs."
      : "With `docs: apiDocs` (from `bertlet/server`) in `createApp`, the Worker describes its routes at `/docs` and `/openapi.json`.",
  );
  if (webhooks) parts.push(README_OF_WEBHOOKS(name));
  return `${parts.join("\n\n")}\n`;
}

function readmeOfR2(name: string): string {
  const object = `npx wrangler r2 object put ${name}-models/model.safetensors --file node_modules/${MODEL_PACKAGE}/model.safetensors`;
  return `The model is read from an R2 bucket. Put it there first: for \`npm run dev\` with \`--local\`, for a deployment with \`--remote\`.\n\n${code(
    `npx wrangler r2 bucket create ${name}-models\n${object} --local`,
  )}`;
}

const README_OF_WEBHOOKS = (name: string) => `## Webhooks

\`POST /tag/reviews\` takes signed [Standard Webhooks](https://www.standardwebhooks.com) and answers with tags of their \`text\`. Sources are in
\`wrangler.toml\` (\`TAGGING\`). The secret is in \`.dev.vars\`; before a deployment, create the queues and set it there:

${code(`npx wrangler queues create ${name}-tags\nnpx wrangler queues create ${name}-tags-dead\nnpx wrangler secret put WEBHOOK_SECRET`)}`;

function code(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function webhookSecret(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}
