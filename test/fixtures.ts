// Reads files for tests in either runtime: from disk under Node, through the FIXTURES binding (vitest.config.ts) in workerd.
export const inWorkerd = navigator.userAgent === "Cloudflare-Workers";

/** The file's bytes, or undefined where there is none. `path` is relative to the repository. */
export async function readFixture(path: string): Promise<Uint8Array | undefined> {
  if (inWorkerd) {
    const { env } = await import("cloudflare:workers");
    const response = await env.FIXTURES.fetch(`http://fixtures/${encodeURIComponent(path)}`);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  }
  const { readFile } = await import("node:fs/promises");
  return readFile(path).then(
    (bytes) => new Uint8Array(bytes),
    () => undefined,
  );
}

/** A JSON file, gunzipped when its name ends in .gz. */
export async function readJsonFixture<T>(path: string): Promise<T> {
  const bytes = await readFixture(path);
  if (!bytes) throw new Error(`fixture ${path} is missing`);
  const body = new Response(bytes as Uint8Array<ArrayBuffer>).body!;
  const stream = path.endsWith(".gz") ? body.pipeThrough(new DecompressionStream("gzip")) : body;
  return (await new Response(stream).json()) as T;
}
