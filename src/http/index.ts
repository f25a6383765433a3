// bertlet/server: an app around tasks, the tasks, and routes for existing clients.
export { BertletError, type ErrorType } from "../errors.ts";
export * from "../tasks/index.ts";
export { LIMITS } from "../tasks/limits.ts";
export { forRequest, type RequestModel, type RequestPolicy } from "../tasks/request-model.ts";
export { definePipelineTask, defineTask, parseBody, runTask, type Task } from "../tasks/task.ts";
export { type AppOptions, createApp } from "./app.ts";
export { cohere } from "./compat/cohere.ts";
export { endpoint } from "./compat/endpoint.ts";
export { huggingFace } from "./compat/hugging-face.ts";
export { modelList, openai } from "./compat/openai.ts";
export { openaiDecisions } from "./compat/openai-decisions.ts";
export { systemOne } from "./compat/system-one.ts";
export { predict, tei } from "./compat/tei.ts";
export { type ErrorFormat, type HttpErrorType, RequestError } from "./errors.ts";
export type { Lease, ModelProvider, ModelSource } from "./models/provider.ts";
export { type ApiDocs, apiDocs } from "./openapi/api-docs.ts";
export type { Operation, RouteGroup, Services } from "./routes.ts";
