"""What Haystack's embedders for OpenAI and for TEI get from the service at argv[1], as JSON on standard output."""

import json
import sys

from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import Secret
from haystack_integrations.components.embedders.huggingface_api import (
    HuggingFaceAPIDocumentEmbedder,
    HuggingFaceAPITextEmbedder,
)

base = sys.argv[1].rstrip("/")
openai = {"api_base_url": f"{base}/v1", "api_key": Secret.from_token("none"), "model": "minilm-l6-heads"}
tei = {"api_type": "text_embeddings_inference", "api_params": {"url": base}}
documents = [Document(content=f"note {index}") for index in range(100)]


def sizes(embedder):
    if hasattr(embedder, "warm_up"):
        embedder.warm_up()
    embedded = embedder.run(documents=documents)["documents"]
    return [len(embedded), len(embedded[0].embedding)]


json.dump(
    {
        "openai": sizes(OpenAIDocumentEmbedder(**openai, progress_bar=False)),
        "openai_text": len(OpenAITextEmbedder(**openai).run(text="note 7")["embedding"]),
        "tei": sizes(HuggingFaceAPIDocumentEmbedder(**tei, progress_bar=False)),
        "tei_text": len(HuggingFaceAPITextEmbedder(**tei).run(text="note 7")["embedding"]),
    },
    sys.stdout,
)
