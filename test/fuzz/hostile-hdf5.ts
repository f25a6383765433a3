// HDF5 files made to do harm, written by h5wasm itself: Node only.
import { withHdf5 } from "../../src/checkpoint/hdf5.node.ts";
import type { Hostile } from "./hostile.ts";

type File = InstanceType<typeof import("h5wasm").File>;

export async function hostileHdf5(): Promise<Hostile[]> {
  return [
    {
      name: "a dataset of 8 GB that was never written",
      says: "unfold to over 16 times the file's size",
      file: await written((file) => {
        file.create_dataset({ name: "x", data: new Float32Array(4), shape: [4], maxshape: [null], chunks: [4] });
        resize(file, "x", 2 ** 31);
      }),
    },
    {
      name: "twenty datasets of zeros, compressed",
      says: "unfold to over 16 times the file's size",
      file: await written((file) => {
        for (let index = 0; index < 20; index++) {
          const data = new Float32Array(200_000);
          file.create_dataset({ name: `x${index}`, data, shape: [200_000], chunks: [200_000], compression: 9 });
        }
      }),
    },
    {
      name: "a group that holds itself",
      says: "nested over 32 deep",
      file: await written((file) => {
        file.create_group("a").create_hard_link("/", "again");
      }),
    },
    {
      name: "a group that holds itself twice",
      says: "not a valid HDF5 file",
      file: await written((file) => {
        file.create_group("a");
        for (const name of ["b", "c", "d"]) file.create_soft_link("/a", `a/${name}`);
      }),
    },
    {
      name: "a link to another file",
      says: "neither a group nor a dataset",
      file: await written((file) => void file.create_external_link("/etc/passwd", "/x", "x")),
    },
    {
      name: "a signature alone",
      says: "not a valid HDF5 file",
      file: Uint8Array.from([137, 72, 68, 70, 13, 10, 26, 10]),
    },
    { name: "something else", says: "it does not begin as one", file: new Uint8Array(100) },
  ];
}

function resize(file: File, name: string, length: number): void {
  const dataset = file.get(name);
  if (dataset && "resize" in dataset) dataset.resize([length]);
}

function written(write: (file: File) => void): Promise<Uint8Array> {
  return withHdf5(({ library }) => {
    const file = new library.File("/hostile.h5", "w");
    write(file);
    file.close();
    const bytes = library.FS!.readFile("/hostile.h5").slice();
    library.FS!.unlink("/hostile.h5");
    return bytes;
  });
}
