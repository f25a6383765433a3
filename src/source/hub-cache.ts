// The Hub's cache in a folder, laid out as huggingface_hub lays it out, so that both share it: refs/<revision> names a commit,
// snapshots/<commit> has the files by name as links to blobs/<checksum>. A blob appears whole and checked or not at all.
import { appendFile, copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { BertletError } from "../errors.ts";
import { openFolder } from "./folder.node.ts";
import type { HubFile, OpenDownload } from "./hub.ts";
import { loadHubClient } from "./hub-client.ts";
import { fill, type Sink, verify } from "./hub-download.ts";
import type { ModelSource } from "./types.ts";

/** One model's part of the cache. */
export class HubCache {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async of(id: string, cacheDir?: string): Promise<HubCache> {
    const { getHFHubCachePath, getRepoFolderName } = await loadHubClient();
    return new HubCache(join(cacheDir ?? getHFHubCachePath(), getRepoFolderName({ type: "model", name: id })));
  }

  /** Notes which commit a revision is. */
  async setRef(revision: string, commit: string): Promise<void> {
    if (revision === commit) return;
    const path = this.#inside("refs", revision);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, new TextEncoder().encode(commit));
  }

  /** The files that are here of a revision; undefined when there are none. */
  async snapshot(revision: string): Promise<ModelSource | undefined> {
    const commit = await readFile(this.#inside("refs", revision), "utf8").catch(() => revision);
    const folder = this.#inside("snapshots", commit.trim());
    return (await stat(folder).catch(() => undefined)) ? openFolder(folder) : undefined;
  }

  /** A file's bytes: from the cache, or downloaded into it. */
  async read(commit: string, file: HubFile, open: OpenDownload): Promise<Uint8Array> {
    const path = this.#inside("snapshots", commit, file.name);
    const blob = this.#inside("blobs", file.digest.hex);
    const present = (await readSized(path, file.size)) ?? (await readSized(blob, file.size));
    const bytes = present ?? (await this.#download(blob, file, open));
    await link(blob, path);
    return bytes;
  }

  async #download(blob: string, file: HubFile, open: OpenDownload): Promise<Uint8Array> {
    const partial = `${blob}.incomplete`;
    await mkdir(dirname(blob), { recursive: true });
    // A download that was taken up again may have begun with something else: then once more from the start.
    const resumed = (await stat(partial).catch(() => undefined)) !== undefined;
    const bytes = await attempt(partial, file, open).catch((error: unknown) => {
      if (!(resumed && error instanceof BertletError && error.type === "invalid_checkpoint")) throw error;
      return attempt(partial, file, open);
    });
    await rename(partial, blob);
    return bytes;
  }

  /** A path in the cache. The parts come from the Hub, and none may lead out. */
  #inside(...parts: readonly string[]): string {
    const path = join(this.#folder, ...parts);
    const way = relative(this.#folder, path);
    if (way === "" || way.startsWith("..") || parts.some((part) => /(^|[\\/])\.\.([\\/]|$)|[\0\\]|^\//.test(part)))
      throw new BertletError("invalid_input", `${parts.at(-1)} is not the name of a file`);
    return path;
  }
}

/** Completes `partial` and checks it; it is gone when its checksum is wrong. */
async function attempt(partial: string, file: HubFile, open: OpenDownload): Promise<Uint8Array> {
  await fill(await appendTo(partial, file.size), file, open);
  const bytes = new Uint8Array(await readFile(partial));
  try {
    await verify(file, bytes);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return bytes;
}

async function appendTo(path: string, size: number): Promise<Sink> {
  let received = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (received > size) await rm(path);
  if (received > size || received === 0) {
    received = 0;
    await writeFile(path, "");
  }
  return {
    get received() {
      return received;
    },
    async write(chunk) {
      await appendFile(path, chunk);
      received += chunk.byteLength;
    },
  };
}

/** The file's bytes if it is there with this size. */
async function readSized(path: string, size: number): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes?.byteLength === size ? new Uint8Array(bytes) : undefined;
}

async function link(blob: string, path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.size === (await stat(blob).catch(() => undefined))?.size) return;
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  // Some file systems have no links.
  await symlink(relative(dirname(path), blob), path).catch(() => copyFile(blob, path));
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, bytes);
  await rename(partial, path);
}
