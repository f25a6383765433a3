// HDF5 in Workers: there is none, for h5wasm compiles its wasm from bytes, which Workers forbid.
import { BertletError } from "../errors.ts";

/** @throws BertletError `unsupported` */
export async function withHdf5(): Promise<never> {
  throw new BertletError(
    "unsupported",
    "tf_model.h5 cannot be read in a Worker: pack it first with `bertlet convert`, or use the model's safetensors",
  );
}
