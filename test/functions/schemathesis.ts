// What schemathesis finds out about a running Worker from its /openapi.json.
import { expect } from "vitest";
import { python } from "./python.ts";

const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
];

/** Passes when nothing is a 5xx or outside its schema. The same requests on every run: this is no fuzzing at large. */
export async function schemathesis(url: URL, checks: readonly string[], options: readonly string[]): Promise<void> {
  const document = new URL("/openapi.json", url).href;
  // A made-up model is 404, whatever else is asked.
  const model = ["-H", "X-Model: minilm-l6-heads"];
  const told = [
    `--checks=${[...CHECKS, ...checks]}`,
    "--generation-deterministic",
    "--workers=2",
    ...model,
    ...options,
  ];
  const { code, stdout, stderr } = await python("-m", "schemathesis.cli", "run", document, ...told);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/Tested: \d\d/);
}
