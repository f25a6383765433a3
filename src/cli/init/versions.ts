// What a new project depends on beside bertlet. A test holds these to the versions with which this repository is tested.

export const COMPATIBILITY_DATE = "2026-10-01";

export const DEV_DEPENDENCIES = {
  "@cloudflare/vitest-plugin": "1.5.0",
  "@cloudflare/workers-types": "5.20261117.1",
  typescript: "7.0.2",
  vitest: "5.1.1",
  wrangler: "4.156.2",
} as const;

export const MODEL_PACKAGE = "bertlet-model-minilm-l6-heads";
