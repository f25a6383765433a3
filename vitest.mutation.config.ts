// The tests that a mutation check runs: those of `npm run test:quick`, in one project.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{tokenizer,heads,http,models,tasks}/**/*.test.ts"],
    exclude: ["test/**/*.node.test.ts"],
    testTimeout: 60_000,
  },
});
