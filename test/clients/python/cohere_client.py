"""What Cohere's clients get from the service at argv[1], as JSON on standard output."""

import json
import sys

import cohere

base = sys.argv[1].rstrip("/")
model = "minilm-l6-heads"
query = "who wrote it?"
documents = ["It rained.", "Mary wrote it.", "Bananas are yellow."]
first = cohere.Client("none", base_url=base).rerank(
    model=model, query=query, documents=documents, top_n=2, return_documents=True
)
second = cohere.ClientV2("none", base_url=base).rerank(model=model, query=query, documents=documents)
json.dump(
    {
        "first": [[item.index, item.document.text] for item in first.results][:1],
        "top_n": len(first.results),
        "second": [item.index for item in second.results][:1],
    },
    sys.stdout,
)
