// The public library. The ort engine is an entry of its own (bertlet/ort), so that nobody carries its 14 MB who did not ask for them.

export type { HiddenActivation } from "./architectures/activations.ts";
export { headSpec } from "./architectures/architectures.ts";
export { BertConfig, type Preset } from "./architectures/bert-config.ts";
export type { ProblemType } from "./architectures/config.ts";
export { EncoderDecoderConfig } from "./architectures/encoder-decoder-config.ts";
export type { CheckpointOptions, HeadInput, LoadingInfo } from "./checkpoint/checkpoint.ts";
export { type CheckpointFormat, SAFETENSORS } from "./checkpoint/formats.ts";
export { FLAX, PYTORCH, TENSORFLOW } from "./checkpoint/frameworks.ts";
export { readHeadFile, writeHeadFile } from "./checkpoint/head-file.ts";
export { resizeTokenEmbeddings } from "./checkpoint/resize.ts";
export { type WriteOptions, writeCheckpoint } from "./checkpoint/write-checkpoint.ts";
export { BertletError, type ErrorType } from "./errors.ts";
export type { Answer, SpanOptions } from "./heads/answer-spans.ts";
export { cosineSimilarity, type EmbedOptions, type Pooling } from "./heads/embedding.ts";
export type {
  AggregationOptions,
  AggregationStrategy,
  Entity,
  EntityGroup,
  TokenEntity,
} from "./heads/entities.ts";
export type { Fill, FillMaskOptions, FillOptions } from "./heads/fill-mask.ts";
export type { GeneratedText } from "./heads/generation/causal-model.ts";
export type { GenerationOptions } from "./heads/generation/options.ts";
export type { ModelInputs, Nested, TokenMatrix } from "./heads/inputs.ts";
export type { Label, LabelOptions } from "./heads/labels.ts";
export type { Labels } from "./heads/losses.ts";
export type { Choice, ChoiceOptions, Choices } from "./heads/multiple-choice.ts";
export type { NextSentenceOptions } from "./heads/next-sentence.ts";
export type { PreTrainingAnswer, PreTrainingOptions } from "./heads/pretraining.ts";
export type { AnswerOptions, Question } from "./heads/question-answering.ts";
export {
  answerHeads,
  type HeadAnswer,
  type Reading,
  type ReadOptions,
  readTexts,
  type SeveralHeadsOptions,
} from "./heads/run.ts";
export type { ScoreFunction } from "./heads/scores.ts";
export type { ClassifyOptions } from "./heads/sequence-classification.ts";
export type { OffsetOptions } from "./heads/text-rows.ts";
export type { EntityOptions } from "./heads/token-classification.ts";
export { type RowOptions, type TextOptions, Tokenization, type TokenizationOptions } from "./heads/tokenization.ts";
export type { WordVector, WordVectorOptions } from "./heads/word-vectors.ts";
export { type ZeroShotAnswer, type ZeroShotOptions, zeroShotClassify } from "./heads/zero-shot.ts";
export { addHead, changeHeadSettings, removeHead, replaceHead } from "./model-file/edit-heads.ts";
export type { LayerRange } from "./model-file/layers.ts";
export { type InputObserver, type PackOptions, packCheckpoint } from "./model-file/pack-checkpoint.ts";
export { unpackModel } from "./model-file/unpack.ts";
export { verifyPacked } from "./model-file/verify.ts";
export * from "./models/albert.ts";
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
export { BertForMaskedLM, type MaskedLMOutput } from "./models/bert-for-masked-lm.ts";
export {
  BertForMultipleChoice,
  type ChoiceInputs,
  type MultipleChoiceOutput,
} from "./models/bert-for-multiple-choice.ts";
export {
  BertForNextSentencePrediction,
  type NextSentencePredictorOutput,
} from "./models/bert-for-next-sentence-prediction.ts";
export { BertForPreTraining, type BertForPreTrainingOutput } from "./models/bert-for-pretraining.ts";
export { BertForQuestionAnswering, type QuestionAnsweringOutput } from "./models/bert-for-question-answering.ts";
export {
  BertForSequenceClassification,
  type RankedDocument,
  type RerankOptions,
  type SequenceClassifierOutput,
} from "./models/bert-for-sequence-classification.ts";
export { BertForTokenClassification, type TokenClassifierOutput } from "./models/bert-for-token-classification.ts";
export { BertLMHeadModel, type CausalLMOutput } from "./models/bert-lm-head-model.ts";
export { BertModel, type BertModelOutput } from "./models/bert-model.ts";
export type { AutoClass } from "./models/dispatch.ts";
export * from "./models/distilbert.ts";
export * from "./models/electra.ts";
export {
  type EncoderDecoderInputs,
  EncoderDecoderModel,
  type EncoderDecoderOptions,
  type EncoderDecoderOutput,
} from "./models/encoder-decoder.ts";
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
export { loadPretrained, type PretrainedOptions, type PretrainedSource } from "./models/load-pretrained.ts";
export { createModel, type LoadedModel, loadPacked, type ModelParts } from "./models/loaded-model.ts";
export type { ForwardOptions, HeadOptions, LabelledInputs, LogitsOutput, ModelOutput } from "./models/model.ts";
export * from "./models/mpnet.ts";
export {
  type Pipeline,
  type Pipelines,
  type PipelineTask,
  pipeline,
  type RankingInput,
  type SimilarityInput,
  type TextPair,
} from "./models/pipeline.ts";
export * from "./models/roberta.ts";
export type { SaveOptions } from "./models/save.ts";
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
export { readSafetensors } from "./safetensors.ts";
export type { HubOptions } from "./source/hub.ts";
export { type ModelSource, type ModelSourceLike, openSource } from "./source/source.ts";
export { Tensor, type TensorData } from "./tensor.ts";
export {
  type AddedToken,
  type AddedTokenInit,
  AlbertTokenizer,
  AlbertTokenizerFast,
  type AlbertTokenizerOptions,
  type AssembleOptions,
  type BatchOf,
  BertTokenizer,
  BertTokenizerFast,
  type BpeOptions,
  CamembertTokenizer,
  CamembertTokenizerFast,
  type DecodeOptions,
  type EncodeOptions,
  Encoding,
  MPNetTokenizer,
  MPNetTokenizerFast,
  type OffsetUnit,
  type PaddingOptions,
  type PreparedVocabulary,
  prepareVocabulary,
  type RaggedEncoding,
  type RaggedOffsets,
  RobertaTokenizer,
  RobertaTokenizerFast,
  type RowEncoding,
  type SequenceRow,
  type Sequences,
  type SlowAlbertOptions,
  type SlowUnigramOptions,
  type SplitOptions,
  type TemplateOptions,
  type TextInput,
  Tokenizer,
  type TokenizerOptions,
  type TruncationOptions,
  type UnigramOptions,
  type WordsInput,
  XLMRobertaTokenizer,
  XLMRobertaTokenizerFast,
} from "./tokenizer/tokenizer.ts";
export type { ClassReport, Doubt, LabelReport } from "./train/evaluate-classes.ts";
export { type ContrastiveOptions, type ContrastiveTuned, fineTuneContrastive } from "./train/fine-tune/contrastive.ts";
export type { HeldOutLoss } from "./train/fine-tune/encoder-options.ts";
export { type FineTuned, type FineTuneOptions, fineTune } from "./train/fine-tune/fine-tune.ts";
export { calibrationError, fitTemperature } from "./train/temperature.ts";
export { type Example, type TrainedHead, type TrainHeadOptions, trainHead } from "./train/train-head.ts";
export { calibrator } from "./wasm/calibrator.ts";
export { EncodedText } from "./wasm/encoded-text.ts";
export { CrossAttentionSession } from "./wasm/kernel/cross-attention-session.ts";
export { enableRevectorization } from "./wasm/kernel/revectorization.ts";
export { KernelSession, type KernelSessionOptions } from "./wasm/kernel/session.ts";
export type { Feeds, Fetches, InferenceSession, RunOptions } from "./wasm/session.ts";
