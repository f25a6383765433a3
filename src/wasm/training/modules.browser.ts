// The compiled training modules in a browser: fetched and compiled there.
import { BertletError } from "../../errors.ts";
import type { KernelBuild } from "../kernels/abi.ts";

const ADDRESSES: Record<KernelBuild, URL> = {
  relaxed: new URL("../../../dist/kernel/relaxed-training.wasm", import.meta.url),
  baseline: new URL("../../../dist/kernel/baseline-training.wasm", import.meta.url),
};

export async function loadTrainingModule(build: KernelBuild): Promise<WebAssembly.Module> {
  const address = ADDRESSES[build];
  const response = await fetch(address).catch((cause: unknown) => {
    throw new BertletError("not_found", `${address.origin} cannot be reached`, { cause });
  });
  if (!response.ok) throw new BertletError("not_found", `${address.href} is refused with status ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}
