// A Worker that asks for the families: what its bundle holds is bundle.node.test.ts's matter.
import { FlaxBertModel } from "../../src/models/flax.ts";
import { TFBertModel } from "../../src/models/tensorflow.ts";

export default {
  fetch: () => new Response(`${FlaxBertModel.architecture} ${TFBertModel.architecture}`),
};
