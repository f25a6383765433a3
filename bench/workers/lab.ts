// A Worker around a lab: PUT loads the body as a session, POST takes times.
import { Lab, type Load, type Plan } from "../lab/lab.ts";

const lab = new Lab();

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") return Response.json(await lab.time((await request.json()) as Plan));
    const what = Object.fromEntries(new URL(request.url).searchParams);
    await lab.load(what as unknown as Load, request.body!);
    return Response.json({});
  },
};
