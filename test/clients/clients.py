"""What Python's openai and huggingface_hub clients get from the service at argv[1], as JSON on standard output."""

import json
import sys
from dataclasses import asdict

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from openai import NotFoundError, OpenAI

base = sys.argv[1].rstrip("/")
model = "minilm-l6-heads"
openai = OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0)


def hub(path):
    return InferenceClient(model=f"{base}/{path}")


def plain(value):
    return [dict(item) for item in value] if isinstance(value, list) else dict(value)


def status_of(call):
    try:
        call()
    except NotFoundError as error:
        return [error.status_code, error.code, error.param]
    except HfHubHTTPError as error:
        return [error.response.status_code]


embeddings = openai.embeddings.create(model=model, input=["hello world", "hello"])
tokens = openai.embeddings.create(model=model, input=[7592, 2088], dimensions=8)
rain = ["the rain falls", "bananas are yellow"]
json.dump(
    {
        "openai": {
            "lengths": [len(item.embedding) for item in embeddings.data],
            "usage": embeddings.usage.model_dump(),
            "cut": len(tokens.data[0].embedding),
            "models": [item.id for item in openai.models.list()],
            "unknown": status_of(lambda: openai.embeddings.create(model="gpt", input="a")),
        },
        "hub": {
            "classify": plain(hub("pipeline/text-classification").text_classification("a delight")),
            "emotions": plain(hub("models/emotion").text_classification("thank you", top_k=2)),
            "entities": plain(hub("models/entities").token_classification("She lives in Berlin.")),
            "answer": plain(
                hub("models/question-answering").question_answering(
                    question="Where does she live?", context="She lives in Berlin."
                )
            ),
            "fills": plain(hub("pipeline/fill-mask").fill_mask("He went to the [MASK] to buy milk.", top_k=1)),
            "features": list(hub(f"models/{model}").feature_extraction("hello world", normalize=True).shape),
            "similarity": hub("pipeline/sentence-similarity").sentence_similarity("it rains", other_sentences=rain),
            "zero_shot": plain(
                hub("pipeline/zero-shot-classification").zero_shot_classification(
                    "The striker scored twice.", candidate_labels=["cooking", "sport"]
                )
            ),
            "unknown": status_of(lambda: hub("models/none").fill_mask("a [MASK]")),
        },
    },
    sys.stdout,
)
