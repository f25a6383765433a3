"""What LangChain's OpenAI embeddings get from the service at argv[1], as JSON on standard output."""

import json
import sys

from langchain_openai import OpenAIEmbeddings
from openai import UnprocessableEntityError

base = sys.argv[1].rstrip("/")
embeddings = OpenAIEmbeddings(
    model="minilm-l6-heads", base_url=f"{base}/v1", api_key="none", check_embedding_ctx_length=False
)


def refusal(call):
    try:
        call()
    except UnprocessableEntityError as error:
        return error.body["message"]


documents = embeddings.embed_documents([f"note {index}" for index in range(300)])
query = embeddings.embed_query("note 7")
json.dump(
    {
        "documents": [len(documents), len(documents[0])],
        "same": sum(a * b for a, b in zip(query, documents[7])) > 0.999,
        # What the client sends unless it is told otherwise: ids of another tokenizer.
        "token_ids": refusal(lambda: embeddings.client.create(model="minilm-l6-heads", input=[[15339, 1917]])),
    },
    sys.stdout,
)
