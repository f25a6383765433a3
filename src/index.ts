// The public library. The ort engine is an entry of its own (bertlet/ort), so that nobody carries its 14 MB who did not ask for them.

export { headSpec } from "./architectures/architectures.ts";
export { BertConfig, type HiddenActivation, type Preset, type ProblemType } from "./architectures/config.ts";
export { type CheckpointFormat, SAFETENSORS } from "./checkpoint/formats.ts";
export { FLAX, PYTORCH, TENSORFLOW } from "./checkpoint/frameworks.ts";
export { BertletError, type ErrorType } from "./errors.ts";
export type { Answer, SpanOptions } from "./heads/answer-spans.ts";
export { BertModel, type BertModelOutput, type WordVector, type WordVectorOptions } from "./heads/bert-model.ts";
export { BertLMHeadModel, type CausalLMOutput, type GeneratedText } from "./heads/causal-lm.ts";
export { cosineSimilarity, type EmbedOptions, type Pooling } from "./heads/embedding.ts";
export type {
  AggregationOptions,
  AggregationStrategy,
  Entity,
  EntityGroup,
  TokenEntity,
} from "./heads/entities.ts";
export type { Fill, FillOptions } from "./heads/fills.ts";
export type { GenerationOptions } from "./heads/generation.ts";
export type { ModelInputs, TextOptions, TokenMatrix } from "./heads/inputs.ts";
export type { Label, LabelOptions } from "./heads/labels.ts";
export { BertForMaskedLM, type FillMaskOptions, type MaskedLMOutput } from "./heads/masked-lm.ts";
export type { ForwardOptions, HeadOptions, LogitsOutput, ModelOutput } from "./heads/model.ts";
export {
  BertForMultipleChoice,
  type Choice,
  type ChoiceInputs,
  type ChoiceOptions,
  type Choices,
  type MultipleChoiceOutput,
} from "./heads/multiple-choice.ts";
export {
  BertForNextSentencePrediction,
  type NextSentenceOptions,
  type NextSentencePredictorOutput,
} from "./heads/next-sentence.ts";
export {
  type Pipeline,
  type Pipelines,
  type PipelineTask,
  pipeline,
  type RankingInput,
  type SimilarityInput,
  type TextPair,
} from "./heads/pipeline.ts";
export { loadPretrained, type Pretrained, type PretrainedOptions, type PretrainedSource } from "./heads/pretrained.ts";
export {
  BertForPreTraining,
  type BertForPreTrainingOutput,
  type PreTrainingAnswer,
  type PreTrainingOptions,
} from "./heads/pretraining.ts";
export {
  type AnswerOptions,
  BertForQuestionAnswering,
  type Question,
  type QuestionAnsweringOutput,
} from "./heads/question-answering.ts";
export type { ScoreFunction } from "./heads/scores.ts";
export {
  BertForSequenceClassification,
  type ClassifyOptions,
  type RankedDocument,
  type RerankOptions,
  type SequenceClassifierOutput,
} from "./heads/sequence-classification.ts";
export { answerHeads, type HeadAnswer, type SeveralHeadsOptions } from "./heads/several-heads.ts";
export type { OffsetOptions, OffsetUnit } from "./heads/text-rows.ts";
export {
  BertForTokenClassification,
  type EntityOptions,
  type TokenClassifierOutput,
} from "./heads/token-classification.ts";
export { type ZeroShotAnswer, type ZeroShotOptions, zeroShotClassify } from "./heads/zero-shot.ts";
export { addHead } from "./model-file/add-head.ts";
export type { LayerRange } from "./model-file/layers.ts";
export type { HeadInput } from "./model-file/pack.ts";
export {
  type CheckpointOptions,
  type LoadingInfo,
  type PackOptions,
  packCheckpoint,
} from "./model-file/pack-checkpoint.ts";
export {
  AutoConfig,
  AutoModel,
  AutoModelForCausalLM,
  AutoModelForMaskedLM,
  AutoModelForMultipleChoice,
  AutoModelForNextSentencePrediction,
  AutoModelForPreTraining,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  AutoTokenizer,
  type AutoTokenizerOptions,
} from "./models/auto.ts";
export {
  FlaxBertForCausalLM,
  FlaxBertForMaskedLM,
  FlaxBertForMultipleChoice,
  FlaxBertForNextSentencePrediction,
  FlaxBertForPreTraining,
  FlaxBertForQuestionAnswering,
  FlaxBertForSequenceClassification,
  FlaxBertForTokenClassification,
  FlaxBertModel,
  FlaxPreTrainedModel,
} from "./models/flax.ts";
export {
  TFBertForMaskedLM,
  TFBertForMultipleChoice,
  TFBertForNextSentencePrediction,
  TFBertForPreTraining,
  TFBertForQuestionAnswering,
  TFBertForSequenceClassification,
  TFBertForTokenClassification,
  TFBertLMHeadModel,
  TFBertModel,
  TFPreTrainedModel,
} from "./models/tensorflow.ts";
export { type ExportOptions, exportOnnx } from "./onnx/export.ts";
export type { InputObserver } from "./quantize/calibration.ts";
export { readSafetensors } from "./safetensors.ts";
export type { HubOptions } from "./source/hub.ts";
export { type ModelSource, type ModelSourceLike, openSource } from "./source/source.ts";
export * from "./tokenizer/tokenizer.ts";
export { calibrator } from "./wasm/calibrator.ts";
export { KernelSession, type KernelSessionOptions } from "./wasm/kernel/session.ts";
export type { Feeds, Fetches, InferenceSession } from "./wasm/session.ts";
