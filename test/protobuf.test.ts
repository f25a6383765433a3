import { expect, test } from "vitest";
import { ProtoMessage } from "../src/onnx/proto.ts";
import { readFields } from "../src/protobuf.ts";
import { expectError } from "./expect-error.ts";

test("reads fields by their offsets", () => {
  const message = new ProtoMessage().int(1, 300).string(2, "ab").float(3, 1).finish();
  expect([...readFields(message, "the file")]).toEqual([
    { number: 1, wire: 0, start: 0, payload: 1, end: 3, value: 300 },
    { number: 2, wire: 2, start: 3, payload: 5, end: 7, value: 2 },
    { number: 3, wire: 5, start: 7, payload: 8, end: 12, value: 0 },
  ]);
});

test.each<[string, readonly number[]]>([
  ["a field that is longer than the message", [0x0a, 5, 1]],
  ["a number that does not end", [0x08, 0xff]],
  ["a number without end", [0x08, ...Array.from({ length: 11 }, () => 0xff), 1]],
  ["a field of a wire type that is none", [0x0f]],
])("refuses %s", (_, bytes) =>
  expectError(
    () => [...readFields(Uint8Array.from(bytes), "the file")],
    "invalid_checkpoint",
    "the file is damaged or not protobuf",
  ),
);
