"""What huggingface_hub's InferenceClient gets from the service at argv[1], as JSON on standard output."""

import json
import sys

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

base = sys.argv[1].rstrip("/")


def hub(path=""):
    return InferenceClient(model=f"{base}/{path}")


def plain(value):
    return [dict(item) for item in value] if isinstance(value, list) else dict(value)


def status_of(call):
    try:
        call()
    except HfHubHTTPError as error:
        return error.response.status_code


rain = ["the rain falls", "bananas are yellow"]
question = {"question": "Where does she live?", "context": "She lives in Berlin."}
sport = ("The striker scored twice.", ["cooking", "sport"])
json.dump(
    {
        "classify": plain(hub("pipeline/text-classification").text_classification("a delight")),
        "emotions": plain(hub("models/emotion").text_classification("thank you", top_k=2)),
        "entities": plain(hub("models/entities").token_classification("She lives in Berlin.")),
        "answer": plain(hub("models/question-answering").question_answering(**question)),
        "fills": plain(hub("pipeline/fill-mask").fill_mask("He went to the [MASK] to buy milk.", top_k=1)),
        "features": list(hub("models/minilm-l6-heads").feature_extraction("hello world", normalize=True).shape),
        "similarity": hub("pipeline/sentence-similarity").sentence_similarity("it rains", other_sentences=rain),
        "zero_shot": plain(hub("pipeline/zero-shot-classification").zero_shot_classification(*sport)),
        "unknown": status_of(lambda: hub("models/none").fill_mask("a [MASK]")),
        "root_features": list(hub().feature_extraction(rain).shape),
        "root_similarity": hub().sentence_similarity("it rains", other_sentences=rain),
        "root_answer": plain(hub().question_answering(**question)),
        "root_zero_shot": plain(hub().zero_shot_classification(*sport)),
    },
    sys.stdout,
)
