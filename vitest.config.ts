// Two projects run the same specification: `node`, and `workerd` inside the Workers runtime with wrangler.toml's rules.
// Files named *.node.test.ts need Node (folders, child processes, native peers) and run there only. The project `package` installs the
// packages as they are published; `quick` is a part of `node`.
import { readFile } from "node:fs/promises";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

async function fixture(request: Request): Promise<Response> {
  const path = decodeURIComponent(new URL(request.url).pathname).slice(1);
  return readFile(path).then(
    (bytes) => new Response(bytes),
    () => new Response(null, { status: 404 }),
  );
}

/** What `npm run test:quick` leaves out: Workers, browsers, other programs and the second engine. */
const SLOW = ["test/**/*.node.test.ts", "test/wasm/ort/**", "test/onnx/**"];

const PACKAGE = "test/package/**/*.test.ts";

// The machines that run this are shared: a test that takes a second alone may take ten.
const patience = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "node", include: ["test/**/*.test.ts"], exclude: [PACKAGE], ...patience } },
      { test: { name: "quick", include: ["test/**/*.test.ts"], exclude: [PACKAGE, ...SLOW], ...patience } },
      {
        test: {
          name: "package",
          include: [PACKAGE],
          globalSetup: "test/package/global-setup.ts",
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { serviceBindings: { FIXTURES: fixture } },
          }),
        ],
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.node.test.ts", PACKAGE],
          ...patience,
        },
      },
    ],
  },
});
