// A Worker that imports one class from the library's entry: what its bundle holds is bundle.node.test.ts's matter.
import { BertForMaskedLM } from "../../src/index.ts";

export default {
  fetch: () => new Response(BertForMaskedLM.architecture),
};
