// A Worker around a lab: PUT loads the body as a session, DELETE lets one go, POST takes times.
import { Lab, type Load, type Plan } from "../lab/lab.ts";

const lab = new Lab();

export default {
  async fetch(request: Request): Promise<Response> {
    const query = Object.fromEntries(new URL(request.url).searchParams);
    if (request.method === "POST") return Response.json(await lab.time((await request.json()) as Plan));
    if (request.method === "PUT") await lab.load(query as unknown as Load, request.body!);
    else await lab.release(query.name!);
    return Response.json({});
  },
};
