// Writing a model's files into a folder.

/** Writes files by name into a folder, which is made if it does not exist. Node, Bun and Deno only. */
export async function saveFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(`${folder}/${name}`, bytes);
}
