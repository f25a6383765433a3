// The public library. The ort engine is an entry of its own (bertlet/ort), so that nobody carries its 14 MB who did not ask for them.
export { BertConfig, type HiddenActivation, type Preset, type ProblemType } from "./config.ts";
export { BertletError, type ErrorType } from "./errors.ts";
export type { ModelInputs, TextOptions } from "./heads/inputs.ts";
export type { Label } from "./heads/labels.ts";
export { BertModel, type BertModelOutput, type ForwardOptions, type HeadOptions } from "./heads/model.ts";
export { loadPretrained, type Pretrained, type PretrainedOptions, type PretrainedSource } from "./heads/pretrained.ts";
export {
  BertForSequenceClassification,
  type ClassifyOptions,
  type SequenceClassifierOutput,
} from "./heads/sequence-classification.ts";
export { type ModelSource, type ModelSourceLike, openSource } from "./source.ts";
export * from "./tokenizer/tokenizer.ts";
export { KernelSession, type KernelSessionOptions } from "./wasm/kernel-session.ts";
export type { Feeds, Fetches, InferenceSession } from "./wasm/session.ts";
export { type PackOptions, packCheckpoint } from "./weights/checkpoint.ts";
