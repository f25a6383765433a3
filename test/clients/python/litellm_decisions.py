"""What LiteLLM's decisions get from the service at argv[1], as JSON on standard output."""

import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

service = {"api_base": f"{sys.argv[1].rstrip('/')}/v1", "api_key": "none", "num_retries": 0}
complaint = "I was charged twice and want my money back."
mood = {"type": "choice", "name": "mood", "instructions": "The mood", "choices": [{"value": "positive"}, {"value": "negative"}]}
twice = {"type": "predicate", "name": "twice", "instructions": "The customer was charged twice."}
anger = {"type": "score", "name": "anger", "instructions": "How angry?", "levels": [{"label": "calm"}, {"label": "furious"}]}


def ask(**request):
    return litellm.decisions(model="openai/edge", **request, **service)


decision = ask(input=complaint, questions=[mood, twice, anger])
content = [{"type": "input_text", "text": complaint}]
questions = {"mood": {"type": "choice", "criteria": {"positive": None, "negative": None}}}
system_one = litellm.systemone(
    model="typesafe/edge", state=complaint, questions=questions, api_base=sys.argv[1].rstrip("/"), api_key="none"
)
message = ask(input=[{"type": "message", "role": "user", "content": content}], questions=[mood])
json.dump(
    {
        "answers": [answer.model_dump() for answer in decision.answers],
        "counted": decision.usage.input_tokens > 0,
        "system_one": system_one.answers["mood"].model_dump(),
        "message": [answer.choice for answer in message.answers],
    },
    sys.stdout,
)
