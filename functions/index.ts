// The gateway: every function behind one address, over one model.
import { serve } from "../src/http/serve.ts";
import { classify } from "./classify.ts";
import { defaultModel } from "./default-model.ts";

export default serve(defaultModel, classify);
