// The formats that bring a reader of some size, each loaded when the first such file is read. A bundler for Workers has no second file
// to load from, so import these only where such files are meant to be read (see formats.workerd.ts).

import { fromFramework } from "../architectures/names.ts";
import type { CheckpointFormat } from "./formats.ts";

/** pytorch_model.bin, in the zip form and in the older one. */
export const PYTORCH: CheckpointFormat = {
  framework: "pytorch",
  file: "pytorch_model.bin",
  async read(bytes) {
    const { readPytorch } = await import("./pytorch/pytorch-bin.ts");
    return readPytorch(bytes);
  },
};

/** tf_model.h5; not in Workers. */
export const TENSORFLOW: CheckpointFormat = {
  framework: "tensorflow",
  file: "tf_model.h5",
  async read(bytes, names) {
    const { readTensorFlow } = await import("./tensorflow-h5.ts");
    return fromFramework(await readTensorFlow(bytes), names.tensorflow);
  },
};

/** flax_model.msgpack. */
export const FLAX: CheckpointFormat = {
  framework: "flax",
  file: "flax_model.msgpack",
  async read(bytes, names) {
    const { readFlax } = await import("./flax-msgpack.ts");
    return fromFramework(readFlax(bytes), names.flax);
  },
};
