// From a model to the class that it is of, by its configuration: what auto classes and the base classes of families share.
import { BertConfig } from "../architectures/bert-config.ts";
import { type HeadKind, type HeadSpec, headKind } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { preferring } from "./formats.ts";
import {
  isPacked,
  loadPretrained,
  openPretrained,
  type PretrainedOptions,
  type PretrainedSource,
} from "./load-pretrained.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { type BertPreTrainedModel, type HeadOptions, type ModelClass, orRelease } from "./model.ts";

/** Loads a model as the class that its configuration asks for. */
export interface AutoClass<Model> {
  /**
   * @throws BertletError as loadPretrained, `not_found` for a head that is not there, `unsupported` for a class that is not here
   */
  fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<Model>;
}

/**
 * The class among `classes` that a model is of: the class of the head that is named, else of its only head, else the bare encoder. With a
 * `kind`, the class of that kind in the family of the model.
 */
export function autoClass<Model extends BertPreTrainedModel>(
  classes: readonly ModelClass<Model>[],
  kind?: HeadKind,
): AutoClass<Model> {
  return {
    async fromPretrained(source, { head, ...options } = {}) {
      const read = preferring(classes[0]?.format, options);
      const pretrained = await (kind ? loadAsKind(classes, kind, source, read) : loadPretrained(source, read));
      return orRelease(pretrained, () => {
        const Model = classOf(classes, pretrained.config, kind ?? headOf(pretrained, head));
        return new Model(pretrained, head);
      });
    },
  };
}

/** Reads a checkpoint as the class of this kind; a packed model has its heads already. */
async function loadAsKind<Model>(
  classes: readonly ModelClass<Model>[],
  kind: HeadKind,
  source: PretrainedSource,
  options: PretrainedOptions,
): Promise<LoadedModel> {
  const opened = await openPretrained(source, options);
  if (isPacked(opened)) return loadPretrained(opened, options);
  const { architecture } = classOf(classes, await BertConfig.fromPretrained(opened), kind);
  return loadPretrained(opened, { architecture, ...options });
}

/** The head by which a model is classed; undefined for a bare encoder, or one of several heads. */
function headOf({ heads }: LoadedModel, name: string | undefined): HeadSpec | undefined {
  if (name === undefined) return heads.length === 1 ? heads[0] : undefined;
  const named = heads.find((head) => head.name === name);
  if (named) return named;
  const present = heads.map((head) => head.name).join(", ") || "none";
  throw new BertletError("not_found", `the model has no head ${name}; it has ${present}`);
}

function classOf<Model>(
  classes: readonly ModelClass<Model>[],
  { model_type }: BertConfig,
  of: HeadKind | HeadSpec | undefined,
): ModelClass<Model> {
  const kind = typeof of === "object" ? of.kind : of;
  const Model = classes.find((one) => one.modelType === model_type && headKind(one.architecture) === kind);
  if (Model) return Model;
  throw new BertletError("unsupported", `there is no class for ${kind ?? "the encoder"} of the type ${model_type}`);
}
