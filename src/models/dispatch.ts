// From a loaded model to an instance of the class that it is of: what the auto classes and the families' base classes share.
import { BertletError } from "../errors.ts";
import { type LoadedModel, loadPretrained, type PretrainedSource } from "./loaded-model.ts";
import type { BertPreTrainedModel, HeadOptions, ModelClass } from "./model.ts";

/** Classes by the architecture that each is of. */
export type ClassTable = Readonly<Record<string, ModelClass<BertPreTrainedModel>>>;

export function classTable(classes: readonly ModelClass<BertPreTrainedModel>[]): ClassTable {
  return Object.fromEntries(classes.map((Model) => [Model.architecture, Model]));
}

/**
 * Loads a model as what it is: of the head that is named, else of its only head, else the bare encoder.
 * @throws BertletError what loading throws, and `not_found` for a head that is not there
 */
export async function fromArchitecture(
  classes: ClassTable,
  source: PretrainedSource,
  { head, ...options }: HeadOptions = {},
): Promise<BertPreTrainedModel> {
  const pretrained = await loadPretrained(source, options);
  try {
    const architecture = architectureOf(pretrained, head);
    const Model = Object.hasOwn(classes, architecture) ? classes[architecture] : undefined;
    if (!Model) throw new BertletError("unsupported", `there is no class for the architecture ${architecture}`);
    return new Model(pretrained, head);
  } catch (error) {
    await pretrained.session.release();
    throw error;
  }
}

function architectureOf({ heads }: LoadedModel, head: string | undefined): string {
  if (head === undefined) return (heads.length === 1 && heads[0]?.architecture) || "BertModel";
  const named = heads.find(({ name }) => name === head);
  if (named) return named.architecture;
  const present = heads.map(({ name }) => name).join(", ") || "none";
  throw new BertletError("not_found", `the model has no head ${head}; it has ${present}`);
}
