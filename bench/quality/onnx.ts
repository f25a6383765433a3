// The default model's checkpoint, all heads with it, as one ONNX graph in dynamic int8: what onnxruntime-web is compared on.
import { BertConfig } from "../../src/config.ts";
import { openSource, readRequired } from "../../src/source.ts";
import type { HeadSpec } from "../../src/weights/head-spec.ts";
import { type OnnxTensor, toOnnx } from "../../src/weights/onnx/to-onnx.ts";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.ts";

/** @param heads as the packed model has them, with the names that its tensors have there */
export async function packagedOnnx(folder: string, heads: readonly HeadSpec[]): Promise<Uint8Array> {
  const source = await openSource(folder);
  const tensors = new Map<string, OnnxTensor>();
  const read = async (file: string, prefix: string) => {
    for (const [name, view] of readSafetensors(await readRequired(source, file)).tensors) {
      tensors.set(prefix + name, { shape: view.shape, data: toFloat32(view) });
    }
  };
  await read("encoder.safetensors", "");
  for (const { name } of heads) await read(`heads/${name}/head.safetensors`, `heads.${name}.`);
  const outputs = heads.flatMap(({ name, outputs }) =>
    outputs.map((output) => ({ ...output, name: `${name}.${output.name}` })),
  );
  return toOnnx(await BertConfig.fromPretrained(source), tensors, { heads: outputs, quantize: "int8" });
}
