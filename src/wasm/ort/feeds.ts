// Turns a session's feeds into what an ONNX graph declares: every input there, of its integer type, of one shape.
import type { InferenceSession as Ort } from "onnxruntime-web";
import { BertletError } from "../../errors.ts";
import { Tensor } from "../../tensor.ts";
import type { Feeds } from "../session.ts";

/** An input that the graph declares: [batch, length], where a dimension may be fixed. */
export interface GraphInput {
  readonly name: string;
  readonly type: "int32" | "int64";
  readonly shape: readonly (number | string)[];
}

/** What stands in for an input that is left out, as in the reference. */
const DEFAULTS: Readonly<Record<string, number>> = { attention_mask: 1, token_type_ids: 0 };

/**
 * The inputs of a graph of the BERT family.
 *
 * @throws BertletError `unsupported` for a graph of another kind
 */
export function graphInputs(metadata: readonly Ort.ValueMetadata[]): GraphInput[] {
  const inputs = metadata.map((input) => {
    if (!input.isTensor || (input.type !== "int32" && input.type !== "int64") || input.shape.length !== 2) {
      const type = input.isTensor ? `${input.type} [${input.shape.join(", ")}]` : "not a tensor";
      throw new BertletError(
        "unsupported",
        `the graph's input ${input.name} is ${type}; int32 or int64 [batch, length] is needed`,
      );
    }
    return { name: input.name, type: input.type, shape: input.shape };
  });
  if (!inputs.some((input) => input.name === "input_ids")) {
    throw new BertletError("unsupported", "the graph has no input input_ids");
  }
  return inputs;
}

/**
 * The feeds that the graph wants: converted between int32 and int64, attention_mask (ones) and token_type_ids (zeros) added.
 *
 * @throws BertletError `invalid_input` for a feed that is missing, unknown, not integer, negative or of another shape
 */
export function toGraphFeeds(feeds: Feeds, inputs: readonly GraphInput[]): Record<string, Tensor> {
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((input) => input.name === name)) {
      throw invalid(`there is no input ${name}; the inputs are ${inputs.map((input) => input.name).join(", ")}`);
    }
  }
  const ids = feeds.input_ids;
  if (!ids) throw invalid("input_ids is missing");
  const [batch = 0, length = 0] = ids.dims;
  if (ids.dims.length !== 2 || batch === 0 || length === 0) {
    throw invalid(`input_ids is [${ids.dims.join(", ")}]; it must be [batch, length], neither of them 0`);
  }

  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => {
      const values = read(name, feeds[name], batch, length);
      if (shape.some((size, axis) => typeof size === "number" && size > 0 && size !== ids.dims[axis])) {
        throw invalid(`the graph takes ${name} of [${shape.join(", ")}], not [${batch}, ${length}]`);
      }
      return [name, tensor(type, values, batch, length)];
    }),
  );
}

function read(name: string, feed: Tensor | undefined, batch: number, length: number): Int32Array | BigInt64Array {
  if (!feed) {
    const value = DEFAULTS[name];
    if (value === undefined) throw invalid(`${name} is missing`);
    return new Int32Array(batch * length).fill(value);
  }
  const { data } = feed;
  if (!(data instanceof Int32Array || data instanceof BigInt64Array)) {
    throw invalid(`${name} is ${feed.type}; it must be int32 or int64`);
  }
  if (feed.dims.length !== 2 || feed.dims[0] !== batch || feed.dims[1] !== length || data.length !== batch * length) {
    throw invalid(`${name} is [${feed.dims.join(", ")}]; it must be [${batch}, ${length}] as input_ids is`);
  }
  // The graph would take a negative id for one counted from the end of its table.
  for (const value of data) if (value < 0) throw invalid(`${name} holds ${value}; nothing in it may be negative`);
  return data;
}

function tensor(type: GraphInput["type"], values: Int32Array | BigInt64Array, batch: number, length: number): Tensor {
  const data =
    type === "int64"
      ? values instanceof BigInt64Array
        ? values
        : BigInt64Array.from(values, BigInt)
      : values instanceof Int32Array
        ? values
        : Int32Array.from(values, Number);
  return new Tensor(type, data, [batch, length]);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}
