"""What OpenAI's own client gets for decisions from the service at argv[1], as JSON on standard output."""

import asyncio
import json
import sys

from openai import AsyncOpenAI, OpenAI, UnprocessableEntityError

service = {"base_url": f"{sys.argv[1].rstrip('/')}/v1", "api_key": "none", "max_retries": 0}
client = OpenAI(**service)
complaint = "I was charged twice and want my money back."
topic = {
    "type": "choice",
    "name": "topic",
    "instructions": "What is it about?",
    "choices": [{"value": "delivery"}, {"value": "billing", "description": "Payments and refunds"}],
}
mood = {"type": "choice", "instructions": "The mood", "choices": [{"value": "positive"}, {"value": "negative"}]}
twice = {"type": "predicate", "instructions": "The customer was charged twice."}
anger = {"type": "score", "instructions": "How angry?", "levels": [{"label": "calm"}, {"label": "furious"}]}
image = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}


def refusal(call):
    try:
        call()
    except UnprocessableEntityError as error:
        return error.body["message"]


decision = client.decisions.create(model="edge", input=complaint, questions=[topic, mood, twice, anger])
messages = [{"role": "user", "content": [{"type": "input_text", "text": complaint}]}]
asynchronous = asyncio.run(AsyncOpenAI(**service).decisions.create(model="edge", input=messages, questions=[mood]))
json.dump(
    {
        "model": decision.model,
        "counted": decision.usage.total_tokens == decision.usage.input_tokens > 0,
        "answers": [answer.to_dict() for answer in decision.answers],
        "asynchronous": [answer.choice for answer in asynchronous.answers],
        "image": refusal(
            lambda: client.decisions.create(
                model="edge", input=[{"role": "user", "content": [image]}], questions=[twice]
            )
        ),
    },
    sys.stdout,
)
