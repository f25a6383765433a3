"""What LlamaIndex's embeddings for OpenAI and for TEI get from the service at argv[1], as JSON on standard output."""

import json
import sys

from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.embeddings.text_embeddings_inference import TextEmbeddingsInference

base = sys.argv[1].rstrip("/")
model = "minilm-l6-heads"
openai = OpenAIEmbedding(model_name=model, api_base=f"{base}/v1", api_key="none")
tei = TextEmbeddingsInference(model_name=model, base_url=base, embed_batch_size=64)
texts = [f"note {index}" for index in range(150)]
vectors = [client.get_text_embedding_batch(texts) for client in (openai, tei)]
queries = [client.get_query_embedding("note 7") for client in (openai, tei)]
json.dump(
    {
        "sizes": [[len(batch), len(batch[0])] for batch in vectors],
        "same": max(abs(a - b) for a, b in zip(*(batch[149] for batch in vectors))) < 1e-3,
        "queries": [len(query) for query in queries],
    },
    sys.stdout,
)
