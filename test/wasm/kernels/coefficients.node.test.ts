import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { APPROXIMATIONS, fit, renderCoefficients } from "../../../scripts/coefficients.ts";

describe("the coefficients of the kernels' polynomials", () => {
  it("are those that scripts/coefficients.ts computes", async () => {
    const committed = await readFile("src/wasm/kernels/forward/coefficients.ts", "utf8");
    expect(committed).toBe(renderCoefficients());
  });

  // What rounding during the evaluation adds is in the bounds that the kernels state, and that their tests hold.
  it.each([
    ["PHI", 1e-7],
    ["PHI_COARSE", 1.1e-5],
    ["EXP", 1.2e-7],
    ["EXP2", 1.2e-7],
    ["TANH", 1e-8],
  ])("approximate %s to %d", (name, bound) => {
    const approximation = APPROXIMATIONS.find((each) => each.name === name)!;
    expect(fit(approximation).error).toBeLessThan(bound);
  });
});
