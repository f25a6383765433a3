// Writes src/tokenizer/unicode-data.ts: the Unicode properties that BERT's tokenisation reads, as packed code-point tables.
// Run it when the reference moves to newer tables; the output is committed, so that tokenization does not depend on the ICU of the runtime.
import { writeFileSync } from "node:fs";

const UNICODE = "17.0";
if (process.versions.unicode !== UNICODE) {
  throw new Error(`the lists below were made with Unicode ${UNICODE}, this Node has ${process.versions.unicode}`);
}

// The fast reference's categories stand at Unicode 8, its canonical decompositions and lower case at 12 and 15. These are the code points
// on which the current Unicode differs; BertTokenizerFast follows the reference, BertTokenizer the current Unicode.
const FORMAT_SINCE = "890-891 8e2 110cd 13430-1343f";
const PUNCTUATION_SINCE =
  "166d 111c9 61d 9fd a76 c77 c84 1b4e-1b4f 1b7d-1b7f 2e43-2e4f 2e52-2e5d 10d6e 10ead 10ed0 10f55-10f59 10f86-10f89 113d4-113d5 " +
  "113d7-113d8 1144b-1144f 1145a-1145b 1145d 11660-1166c 116b9 1183b 11944-11946 119e2 11a3f-11a46 11a9a-11a9c 11a9e-11aa2 " +
  "11b00-11b09 11be1 11c41-11c45 11c70-11c71 11ef7-11ef8 11f43-11f4f 11fff 12ff1-12ff2 16d6d-16d6f 16e97-16e9a 16fe2 1e5ff 1e95e-1e95f";
const MARK_SINCE =
  "1734 1171e 7fd 897-89f 8ca-8e1 9fe afa-aff b55 c04 c3c d00 d3b-d3c d81 eba ece 180f 1885-1886 1abf-1add 1ae0-1aeb 1df6-1dfb a82c " +
  "a8c5 a8ff a9bd 10d24-10d27 10d69-10d6d 10eab-10eac 10efa-10eff 10f46-10f50 10f82-10f85 11070 11073-11074 110c2 111c9 111cf 1123e " +
  "11241 1133b 113bb-113c0 113ce 113d0 113d2 113e1-113e2 11438-1143f 11442-11444 11446 1145e 1182f-11837 11839-1183a 1193b-1193c 1193e " +
  "11943 119d4-119d7 119da-119db 119e0 11a01-11a0a 11a33-11a38 11a3b-11a3e 11a47 11a51-11a56 11a59-11a5b 11a8a-11a96 11a98-11a99 11b60 " +
  "11b62-11b64 11b66 11c30-11c36 11c38-11c3d 11c3f 11c92-11ca7 11caa-11cb0 11cb2-11cb3 11cb5-11cb6 11d31-11d36 11d3a 11d3c-11d3d " +
  "11d3f-11d45 11d47 11d90-11d91 11d95 11d97 11ef3-11ef4 11f00-11f01 11f36-11f3a 11f40 11f42 11f5a 13440 13447-13455 1611e-16129 " +
  "1612d-1612f 16f4f 16fe4 1cf00-1cf2d 1cf30-1cf46 1e000-1e006 1e008-1e018 1e01b-1e021 1e023-1e024 1e026-1e02a 1e08f 1e130-1e136 1e2ae " +
  "1e2ec-1e2ef 1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5 1e944-1e94a";
const DECOMPOSITION_SINCE = "105c9 105e4 11383 11385 1138e 11391 113c5 113c7-113c8 11938 16121-16128 16d68-16d6a";
const LOWER_SINCE = "1c89 a7cb-a7cc a7ce a7d2 a7d4 a7da a7dc 10d50-10d65 16ea0-16eb8";

const HANGUL_FIRST = 0xac00;
const HANGUL_LAST = 0xd7a3;
const DOTTED_CAPITAL_I = 0x130;

function ranges(list: string): Set<number> {
  const points = new Set<number>();
  for (const item of list.split(" ")) {
    const [first, last] = item.split("-").map((hex) => Number.parseInt(hex, 16));
    for (let cp = first!; cp <= (last ?? first!); cp++) points.add(cp);
  }
  return points;
}

function* codePoints(): Generator<number> {
  for (let cp = 0; cp < 0x110000; cp++) if (cp < 0xd800 || cp > 0xdfff) yield cp;
}

const matching = (pattern: RegExp, also: number[] = []): Set<number> => {
  const points = new Set(also);
  for (const cp of codePoints()) if (pattern.test(String.fromCodePoint(cp))) points.add(cp);
  return points;
};

/** LEB128, with signed values folded by zigzag where asked. */
class Packer {
  readonly bytes: number[] = [];
  unsigned(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.bytes.push((rest & 127) | 128);
      rest >>>= 7;
    }
    this.bytes.push(rest);
  }
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }
  base64(): string {
    return Buffer.from(this.bytes).toString("base64");
  }
}

/** Each range as the gap from the last one's end and its length less one. */
function packSet(points: Set<number>): string {
  const packer = new Packer();
  let next = 0;
  for (let cp = 0; cp < 0x110000; cp++) {
    if (!points.has(cp)) continue;
    let last = cp;
    while (points.has(last + 1)) last++;
    packer.unsigned(cp - next);
    packer.unsigned(last - cp);
    next = last + 1;
    cp = last;
  }
  return packer.base64();
}

/** Runs of code points `step` apart that all move by the same distance: gap, count, step, distance. */
function packLower(): string {
  const since = ranges(LOWER_SINCE);
  const distances = new Map<number, number>();
  for (const cp of codePoints()) {
    if (since.has(cp) || cp === DOTTED_CAPITAL_I) continue;
    const lower = String.fromCodePoint(cp).toLowerCase();
    const to = lower.codePointAt(0)!;
    if (String.fromCodePoint(to) !== lower) throw new Error(`U+${cp.toString(16)} has a longer lower case`);
    if (to !== cp) distances.set(cp, to - cp);
  }
  const packer = new Packer();
  const done = new Set<number>();
  let previous = 0;
  for (const [cp, distance] of distances) {
    if (done.has(cp)) continue;
    const runs = [1, 2].map((step) => {
      let count = 1;
      while (distances.get(cp + count * step) === distance && !done.has(cp + count * step)) count++;
      return { step, count };
    });
    const { step, count } = runs[1]!.count > runs[0]!.count ? runs[1]! : runs[0]!;
    for (let i = 0; i < count; i++) done.add(cp + i * step);
    packer.unsigned(cp - previous);
    packer.unsigned(count);
    packer.unsigned(step);
    packer.signed(distance);
    previous = cp;
  }
  return packer.base64();
}

/** Canonical decompositions without their marks (Hangul aside, which is arithmetic): gap, count, then each as a difference. */
function packDecompositions(marks: Set<number>): string {
  const since = ranges(DECOMPOSITION_SINCE);
  const packer = new Packer();
  let previous = 0;
  let near = 0;
  for (const cp of codePoints()) {
    if (since.has(cp) || marks.has(cp) || (cp >= HANGUL_FIRST && cp <= HANGUL_LAST)) continue;
    const parts = Array.from(String.fromCodePoint(cp).normalize("NFD"), (part) => part.codePointAt(0)!);
    if (parts.length === 1 && parts[0] === cp) continue;
    const kept = parts.filter((part) => !marks.has(part));
    if (kept.length === 0) throw new Error(`U+${cp.toString(16)} decomposes to marks alone`);
    packer.unsigned(cp - previous);
    packer.unsigned(kept.length);
    for (const part of kept) {
      packer.signed(part - near);
      near = part;
    }
    previous = cp;
  }
  return packer.base64();
}

const xor = (points: Set<number>, since: Set<number>): Set<number> => points.symmetricDifference(since);
const format = ranges(FORMAT_SINCE);
const marks = xor(matching(/\p{Mn}/u), ranges(MARK_SINCE));
const isCleaned = (cp: number): boolean => cp !== 9 && cp !== 10 && cp !== 13;
const control = new Set([...xor(matching(/[\p{Cc}\p{Cf}\p{Co}]/u, [0xfffd]), format)].filter(isCleaned));

const tables: [name: string, packed: string, comment: string][] = [
  ["CONTROL", packSet(control), "Cc, Cf, Co and U+FFFD, without tab, line feed and carriage return."],
  ["SPACE", packSet(matching(/\p{White_Space}/u)), "White_Space."],
  [
    "PUNCTUATION",
    packSet(xor(matching(/[!-/:-@[-`{-~]|\p{P}/u), ranges(PUNCTUATION_SINCE))),
    "P, and all ASCII symbols.",
  ],
  ["MARK", packSet(marks), "Mn."],
  ["UNASSIGNED", packSet(matching(/\p{Cn}/u)), "Cn."],
  ["FORMAT_SINCE", packSet(format), "What CONTROL would gain or lose with today's Unicode."],
  [
    "PUNCTUATION_SINCE",
    packSet(ranges(PUNCTUATION_SINCE)),
    "What PUNCTUATION would gain or lose with today's Unicode.",
  ],
  ["MARK_SINCE", packSet(ranges(MARK_SINCE)), "What MARK would gain or lose with today's Unicode."],
  ["LOWER", packLower(), "Lower case by code point: runs of gap, count, step, distance."],
  ["DECOMPOSED", packDecompositions(marks), "NFD without marks and Hangul: gap, count, differences."],
];
const text = [
  "// Made by scripts/build-unicode.ts; do not edit. Code-point tables as base64 of LEB128 numbers; src/tokenizer/unicode.ts reads them.",
  ...tables.map(([name, packed, comment]) => `\n/** ${comment} */\nexport const ${name} =\n  "${packed}";`),
];
writeFileSync(new URL("../src/tokenizer/unicode-data.ts", import.meta.url), `${text.join("\n")}\n`);
