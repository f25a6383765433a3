import { expect, test } from "vitest";
import * as browser from "../../src/runtime/browser.ts";
import * as node from "../../src/runtime/node.ts";
import type { Runtime } from "../../src/runtime/types.ts";

// The type check of this line covers workerd, whose module only loads there.
type Conforms<Module extends Runtime> = Module;
export type Workerd = Conforms<typeof import("../../src/runtime/workerd.ts")>;

test.each<[string, Runtime]>([
  ["node", node],
  ["browser", browser],
])("%s hashes bytes that arrive in pieces", async (_name, { Sha256 }) => {
  const hash = new Sha256();
  for (const piece of ["a", "", "bc"]) await hash.update(new TextEncoder().encode(piece));
  expect(await hash.digest()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
