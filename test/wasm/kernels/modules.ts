// The kernel modules that only tests load: the relaxed build with one of its two int8 inner loops, whatever the processor has.
// scripts/build-kernel.ts compiles them. A Worker may not compile bytes, so there they are imported as modules.

export async function loadTestModule(name: "relaxed-dot" | "relaxed-pair"): Promise<WebAssembly.Module> {
  if (navigator.userAgent === "Cloudflare-Workers") {
    const { default: module } =
      name === "relaxed-dot"
        ? await import("../../../dist/kernel-test/relaxed-dot.wasm")
        : await import("../../../dist/kernel-test/relaxed-pair.wasm");
    return module;
  }
  const { readFile } = await import("node:fs/promises");
  return WebAssembly.compile(await readFile(`dist/kernel-test/${name}.wasm`));
}
