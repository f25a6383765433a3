"""What OpenAI's own client gets from the service at argv[1], as JSON on standard output."""

import json
import sys

from openai import NotFoundError, OpenAI

model = "minilm-l6-heads"
client = OpenAI(base_url=f"{sys.argv[1].rstrip('/')}/v1", api_key="none", max_retries=0)


def status_of(call):
    try:
        call()
    except NotFoundError as error:
        return [error.status_code, error.code, error.param]


two = client.embeddings.create(model=model, input=["hello world", "hello"])
many = client.embeddings.create(model=model, input=["hello"] * 2048, dimensions=8, user="somebody")
floats = client.embeddings.create(model=model, input="hello", encoding_format="float", dimensions=8)
json.dump(
    {
        "lengths": [len(item.embedding) for item in two.data],
        "usage": two.usage.model_dump(exclude_none=True),
        "many": [len(many.data), {len(item.embedding) for item in many.data}.pop()],
        "formats_agree": max(abs(a - b) for a, b in zip(many.data[0].embedding, floats.data[0].embedding)) < 1e-5,
        "models": [item.id for item in client.models.list()],
        "unknown": status_of(lambda: client.embeddings.create(model="gpt", input="a")),
    },
    sys.stdout,
)
