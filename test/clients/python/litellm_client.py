"""What LiteLLM gets from the service at argv[1], as JSON on standard output."""

import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

base = sys.argv[1].rstrip("/")
name = "minilm-l6-heads"
service = {"api_base": f"{base}/v1", "api_key": "none"}


def rerank(provider):
    texts = ["It rained.", "Mary wrote it."]
    options = {"api_key": "none", "api_base": base, "top_n": 1}
    return litellm.rerank(model=f"{provider}/{name}", query="who wrote it?", documents=texts, **options).results


two = litellm.embedding(model=f"openai/{name}", input=["hello", "world"], **service)
json.dump(
    {
        "embedding": [len(item["embedding"]) for item in two.data],
        "usage": two.usage.total_tokens,
        "rerank": {provider: rerank(provider)[0]["index"] for provider in ("cohere", "jina_ai")},
    },
    sys.stdout,
)
