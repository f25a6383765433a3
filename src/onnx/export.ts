// A checkpoint → an ONNX graph with all its heads: the checkpoint is read as for packing (checkpoint.ts), the graph is to-onnx.ts's work.

import { headShapes } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { packedSpec, packedTensorName } from "../model-file/pack.ts";
import { type CheckpointOptions, readCheckpoint } from "../model-file/pack-checkpoint.ts";
import { type TensorView, toFloat32 } from "../safetensors.ts";
import { type ModelSourceLike, openSource } from "../source/source.ts";
import { type OnnxOptions, type OnnxTensor, toOnnx } from "./to-onnx.ts";

/** How a checkpoint is read, and what the graph gives beside the heads' outputs. */
export type ExportOptions = CheckpointOptions & Omit<OnnxOptions, "heads">;

/**
 * Writes any checkpoint that can be packed as one ONNX graph, in f32 or dynamic int8. Its outputs are called as a session's:
 * `last_hidden_state`, `pooler_output`, `<head>.logits`.
 *
 * @throws BertletError as packCheckpoint
 * @example
 * await writeFile("model.onnx", await exportOnnx("my-checkpoint", { quantize: "int8" }));
 */
export async function exportOnnx(from: ModelSourceLike, options: ExportOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { config, encoder, heads } = await readCheckpoint(await openSource(from), options);
  const tensors = new Map([...encoder].map(([name, view]) => [name, floats(view)]));
  for (const { spec, tensors: own } of heads) {
    for (const name of headShapes(spec, config.hidden_size).keys()) {
      const view = own.get(name);
      if (!view) throw new BertletError("invalid_checkpoint", `head ${spec.name}: ${name} is missing`);
      tensors.set(packedTensorName(spec.name, name), floats(view));
    }
  }
  const outputs = heads.flatMap(({ spec }) =>
    packedSpec(spec).outputs.map((output) => ({ ...output, name: `${spec.name}.${output.name}` })),
  );
  const { quantize, hiddenStates = false, attentions = false } = options;
  return toOnnx(config, tensors, { heads: outputs, hiddenStates, attentions, ...(quantize && { quantize }) });
}

function floats(view: TensorView): OnnxTensor {
  return { shape: view.shape, data: toFloat32(view) };
}
