import { describe, expect, it } from "vitest";
import { enableRevectorization } from "../../../src/wasm/kernel/revectorization.ts";

describe.runIf(navigator.userAgent === "Cloudflare-Workers")("enableRevectorization in a Worker", () => {
  it("is off", async () => {
    expect(await enableRevectorization()).toBe(false);
  });
});
