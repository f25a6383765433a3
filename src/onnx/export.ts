// A checkpoint → an ONNX graph with all its heads: the checkpoint is read as for packing, the graph is to-onnx.ts's work.
import { encoderSpec } from "../architectures/architectures.ts";
import { DEFAULT_EMBEDDING, type EmbeddingSpec } from "../architectures/embedding-spec.ts";
import { headShapes, renameSteps } from "../architectures/head-spec.ts";
import { type CheckpointOptions, readCheckpoint } from "../checkpoint/checkpoint.ts";
import type { EmbeddingInput } from "../checkpoint/sentence-transformers.ts";
import { BertletError } from "../errors.ts";
import { EMBEDDING_PREFIX, packedNames, presentOutputs } from "../model-file/pack.ts";
import { type TensorView, toFloat32 } from "../safetensors.ts";
import { type ModelSourceLike, openSource } from "../source/source.ts";
import { type OnnxOptions, type OnnxTensor, toOnnx } from "./to-onnx.ts";

/** How a checkpoint is read, and what the graph outputs beside the heads'. */
export type ExportOptions = CheckpointOptions & Omit<OnnxOptions, "heads" | "embedding">;

/**
 * Writes any checkpoint that can be packed as one ONNX graph, in f32 or dynamic int8. Its outputs are named as a session's:
 * `last_hidden_state`, `pooler_output`, `<head>.logits`, `sentence_embedding`.
 *
 * @throws BertletError as packCheckpoint, and `unsupported` for a decoder with cross-attention
 * @example
 * await writeFile("model.onnx", await exportOnnx("my-checkpoint", { quantize: "int8" }));
 */
export async function exportOnnx(from: ModelSourceLike, options: ExportOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { config, encoder: tensors, heads, embedding } = await readCheckpoint(await openSource(from), options);
  const spec = presentOutputs(encoderSpec(config), tensors, heads);
  if (spec.layers.cross !== undefined)
    throw new BertletError("unsupported", "a decoder with cross-attention is not exported");
  const all = new Map([...tensors].map(([name, view]) => [name, floats(view)]));
  const outputs = heads.flatMap((head) => {
    const rename = packedNames(`heads.${head.spec.name}`, spec);
    for (const name of headShapes(head.spec, spec.hiddenSize).keys()) {
      const view = (rename(name) === name ? tensors : head.tensors).get(name);
      if (!view) throw new BertletError("invalid_checkpoint", `head ${head.spec.name}: ${name} is missing`);
      all.set(rename(name), floats(view));
    }
    return head.spec.outputs.map(({ name, steps, ...output }) => ({
      ...output,
      name: `${head.spec.name}.${name}`,
      steps: renameSteps(steps, rename),
    }));
  });
  const { quantize, hiddenStates = false, attentions = false } = options;
  return toOnnx(spec, all, {
    heads: outputs,
    embedding: embedding ? exportEmbedding(embedding, all) : DEFAULT_EMBEDDING,
    hiddenStates,
    attentions,
    ...(quantize && { quantize }),
  });
}

/** Adds the embedding's tensors to `all`, under names of their own. */
function exportEmbedding({ spec, tensors }: EmbeddingInput, all: Map<string, OnnxTensor>): EmbeddingSpec {
  const rename = (name: string) => `${EMBEDDING_PREFIX}.${name}`;
  for (const [name, view] of tensors) all.set(rename(name), floats(view));
  return { ...spec, steps: renameSteps(spec.steps, rename) };
}

function floats(view: TensorView): OnnxTensor {
  return { shape: view.shape, data: toFloat32(view) };
}
