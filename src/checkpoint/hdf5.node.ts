// h5wasm, held at arm's length: silent, and replaced by a fresh instance after a crash inside wasm or once a file has made it grow.
// In Workers hdf5.workerd.ts takes this file's place (package.json, `#hdf5`).
import type * as H5wasm from "h5wasm";
import { BertletError } from "../errors.ts";
import { importOptional } from "../optional-package.ts";

/** The library's classes and the wasm module under them. */
export interface Hdf5 {
  readonly library: typeof H5wasm;
  readonly module: Awaited<typeof H5wasm.ready>;
}

// Beyond this much wasm memory an instance is not kept: it never shrinks.
const MAX_KEPT_BYTES = 256 * 2 ** 20;

let instance: Promise<Hdf5> | undefined;
let loads = 0;

/**
 * Runs `use` on the library.
 * @throws BertletError what `use` throws, or `invalid_checkpoint` for any failure inside the library
 * @example
 * await withHdf5(({ library }) => library.ACCESS_MODES.r); // "H5F_ACC_RDONLY"
 */
export async function withHdf5<T>(use: (hdf5: Hdf5) => T): Promise<T> {
  instance ??= load().catch((error: unknown) => {
    instance = undefined;
    throw error;
  });
  const hdf5 = await instance;
  try {
    return use(hdf5);
  } catch (cause) {
    if (cause instanceof BertletError) throw cause;
    // h5wasm throws plain Errors for what HDF5 refuses; everything else may have left the instance broken.
    if (!(cause instanceof Error) || cause.constructor !== Error) instance = undefined;
    throw new BertletError("invalid_checkpoint", "not a valid HDF5 file: the HDF5 library cannot read it", { cause });
  } finally {
    if (hdf5.module.HEAPU8.byteLength > MAX_KEPT_BYTES) instance = undefined;
  }
}

async function load(): Promise<Hdf5> {
  const library = await importOptional<typeof H5wasm>("h5wasm", "reading tf_model.h5", () => {
    if (loads++ === 0) return import("h5wasm");
    // A module is a singleton per URL: another query makes another instance.
    return import(/* @vite-ignore */ `${import.meta.resolve("h5wasm")}?${loads}`);
  });
  const module = await library.ready;
  silence(library);
  return { library, module };
}

/** HDF5 prints a page for each error: file 2 becomes one that nobody reads. The types of h5wasm leave `getStream` out. */
function silence({ FS }: typeof H5wasm): void {
  const files: (FS.FileSystemType & { getStream?(file: number): FS.FSStream | null }) | null = FS;
  const stderr = files?.getStream?.(2);
  if (!files || !stderr) return;
  files.close(stderr);
  files.open("/dev/null", "w");
}
