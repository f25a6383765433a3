// Checkpoints made to do harm, by format: pickles that would run commands, files that claim gigabytes or nest a million deep. Each
// comes with what its reader must say.
import { ProtoMessage } from "../../src/onnx/proto.ts";
import { checkpoint, join, pickled, short, tensor, text, u32, zip } from "../checkpoint/pickles.ts";

export interface Hostile {
  readonly name: string;
  readonly file: Uint8Array;
  readonly says: string;
}

const repeat = (part: string, count: number) => text(part.repeat(count));

/** Tensors t0, t1, … over one storage. */
const withTensor = (numel: number, shape: readonly number[], strides: readonly number[], copies = 1) => {
  const tensors = Array.from({ length: copies }, (_, index) => [`t${index}`, { numel, shape, strides }]);
  return checkpoint(Object.fromEntries(tensors), { 0: new Uint8Array(4 * numel) });
};

export const HOSTILE_PYTORCH: readonly Hostile[] = [
  {
    name: "os.system",
    file: pickled("cos\nsystem\n(", short("touch /tmp/owned"), "tR"),
    says: "the pickle asks for os.system",
  },
  {
    name: "os.system in the older form",
    file: join("\x80\x02cposix\nsystem\n(", short("touch /tmp/owned"), "tR."),
    says: "its head asks for posix.system",
  },
  {
    name: "builtins.eval by STACK_GLOBAL",
    file: pickled(short("builtins"), short("eval"), "\x93"),
    says: "builtins.eval",
  },
  { name: "a class of a library", file: pickled("ctransformers\nBertModel\n)R"), says: "transformers.BertModel" },
  {
    name: "a name that a JavaScript object has",
    file: pickled("cconstructor\nconstructor\n)R"),
    says: "constructor.constructor",
  },
  { name: "INST", file: pickled("(ios\nsystem\n"), says: "the operation 0x69" },
  { name: "NEWOBJ", file: pickled("ccollections\nOrderedDict\n)\x81"), says: "the operation 0x81" },
  { name: "EXT1", file: pickled("\x82\x01"), says: "the operation 0x82" },
  { name: "a million dicts", file: pickled(repeat("}", 1_100_000)), says: "over 1000000 operations" },
  { name: "a million nested lists", file: pickled(repeat("]", 500_000), repeat("a", 499_999)), says: "no state dict" },
  { name: "a string of 4 GB", file: pickled("X\xff\xff\xff\xff"), says: "cut short" },
  { name: "a string of 2^63 bytes", file: pickled("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"), says: "cut short" },
  { name: "an integer of 2 GB", file: pickled("\x8b\xff\xff\xff\x7f"), says: "an integer of 2147483647 bytes" },
  { name: "a memo that is not there", file: pickled("j\xff\xff\xff\xff"), says: "it has not named" },
  { name: "a mark that is not there", file: pickled("t"), says: "a mark that is not there" },
  { name: "an empty stack", file: pickled(""), says: "where there is none" },
  { name: "protocol 0", file: zip({ "archive/data.pkl": text("(dp0\n.") }), says: "a protocol before 2" },
  { name: "a tensor behind its storage", file: withTensor(4, [5], [1]), says: "leads out of its storage" },
  { name: "strides behind the storage", file: withTensor(4, [2, 2], [3, 1]), says: "leads out of its storage" },
  {
    name: "a tensor of 2^60 elements",
    file: withTensor(4, [2 ** 30, 2 ** 30], [0, 0]),
    says: "leads out of its storage",
  },
  { name: "a negative size", file: withTensor(4, [-1], [1]), says: "a tensor is none" },
  {
    name: "one storage copied a thousand times",
    file: withTensor(100_000, [50_000, 2], [1, 50_000], 1000),
    says: "more memory than the file has bytes",
  },
  {
    name: "a storage that is not there",
    file: pickled("}", short("x"), tensor({ numel: 1, shape: [1], strides: [1] }), "s"),
    says: "storage 0 has no bytes",
  },
  { name: "a compressed entry", file: zip({ "archive/data.pkl": text("x") }, 8), says: "is compressed in the archive" },
  { name: "an archive without a pickle", file: zip({ "archive/x": text("x") }), says: "has no data.pkl" },
  { name: "an entry behind the end", file: zip({ "a/data.pkl": text("x") }).fill(0xff, 42, 42), says: "pickle" },
];

const map = (count: number) => join("\xdf", Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count));
const ext = (payload: Uint8Array) => join("\xc9", u32(payload.byteLength).reverse(), "\x01", payload);
const array = (shape: string, dtype: string, bytes: string) =>
  join(
    "\x81\xa1x",
    ext(join("\x93", shape, Uint8Array.of(0xa0 + dtype.length), dtype, "\xc4", Uint8Array.of(bytes.length), bytes)),
  );

export const HOSTILE_FLAX: readonly Hostile[] = [
  { name: "a map of 4 billion", file: map(0xffffffff), says: "more than 500000 values" },
  { name: "an array of 4 billion", file: text("\xdd\xff\xff\xff\xff"), says: "more than 500000 values" },
  { name: "a string of 4 GB", file: text("\xdb\xff\xff\xff\xff"), says: "not a valid Flax checkpoint" },
  { name: "bytes of 4 GB", file: text("\xc6\xff\xff\xff\xff"), says: "not a valid Flax checkpoint" },
  { name: "an extension of 4 GB", file: text("\xc9\xff\xff\xff\xff\x01"), says: "not a valid Flax checkpoint" },
  { name: "maps 200,000 deep", file: join(repeat("\x81\xa1a", 200_000), "\x80"), says: "over 64 deep" },
  { name: "arrays a million deep", file: repeat("\x91", 1_000_000), says: "not a valid Flax checkpoint" },
  { name: "the key __proto__", file: text("\x81\xa9__proto__\x80"), says: "__proto__" },
  { name: "an array of objects", file: array("\x91\x01", "object", "abcd"), says: "the unknown type object" },
  {
    name: "a type that a JavaScript object has",
    file: array("\x91\x01", "toString", "abcd"),
    says: "the unknown type",
  },
  {
    name: "a shape of 2^62",
    file: array("\x92\xce\x7f\xff\xff\xff\xce\x7f\xff\xff\xff", "float32", "abcd"),
    says: "does not take",
  },
  { name: "a negative shape", file: array("\x91\xff", "float32", "abcd"), says: "an array is none" },
  {
    name: "a chunked array of 2^40",
    file: join(
      "\x81\xa1x\x83\xb9__msgpack_chunked_array__\xc3\xa5shape\x81\xa10\xcf\0\0\x01\0\0\0\0\0\xa6chunks\x81\xa10",
      ext(join("\x93\x91\x01\xa7float32\xc4\x04abcd")),
    ),
    says: "more memory than the file has bytes",
  },
  { name: "nothing", file: new Uint8Array(0), says: "not a valid Flax checkpoint" },
  { name: "two values", file: text("\x80\x80"), says: "not a valid Flax checkpoint" },
];

const header = (json: string) => join(u32(json.length), u32(0), json);
export const HOSTILE_SAFETENSORS: readonly Hostile[] = [
  { name: "a header of 2^64 bytes", file: repeat("\xff", 16), says: "not a valid safetensors file" },
  { name: "a header nested a million deep", file: header("[".repeat(1_000_000)), says: "not JSON" },
  {
    name: "a tensor of 2^53",
    file: header('{"x":{"dtype":"F32","shape":[9007199254740991],"data_offsets":[0,36028797018963964]}}'),
    says: "not a valid safetensors file",
  },
];

/** SentencePiece models: a message in a message, each with the length that it claims. */
const piece = (content: Uint8Array) => new ProtoMessage().message(1, new ProtoMessage().bytes(1, content));
const unknown = new ProtoMessage().message(1, new ProtoMessage().string(1, "<unk>").int(3, 2)).finish();

export const HOSTILE_SENTENCEPIECE: readonly Hostile[] = [
  { name: "two million empty pieces", file: repeat("\x0a\x00", 2_000_000), says: "piece 0 is empty" },
  { name: "a piece of 4 GB", file: join(unknown, "\x0a\xff\xff\xff\xff\x0f"), says: "damaged or not protobuf" },
  { name: "a number without end", file: text("\x18".padEnd(100_000, "\xff")), says: "damaged or not protobuf" },
  {
    name: "a piece of a megabyte",
    file: join(unknown, piece(new Uint8Array(1_000_000).fill(0x61)).finish()),
    says: "has more than 255 bytes",
  },
  {
    name: "the same piece half a million times",
    file: join(unknown, repeat("\x0a\x03\x0a\x01a", 500_000)),
    says: 'it has the piece "a" twice',
  },
  {
    name: "an id of 2^62",
    file: join(unknown, new ProtoMessage().message(2, new ProtoMessage().int(40, 2 ** 62)).finish()),
    says: "unknown token 46116860184273",
  },
];
