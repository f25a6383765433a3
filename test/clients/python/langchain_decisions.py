"""What LangChain's decisions get from the service at argv[1], as JSON on standard output."""

import json
import sys

from langchain_openai.decisions import Choice, Level, OpenAIDecisions, Predicate, Score
from openai import UnprocessableEntityError

decisions = OpenAIDecisions(
    model="edge", base_url=f"{sys.argv[1].rstrip('/')}/v1", api_key="none", max_retries=0
)
complaint = "I was charged twice and want my money back."
topic = Choice(instructions="What is it about?", choices={"delivery": None, "billing": "Payments and refunds"})
mood = Choice(instructions="The mood", choices={"positive": None, "negative": None})
twice = Predicate(instructions="The customer was charged twice.")
anger = Score(instructions="How angry?", levels=["calm", Level(label="furious", description="Full of rage")])


def refusal(call):
    try:
        call()
    except UnprocessableEntityError as error:
        return error.body["message"]


questions = {"topic": topic, "mood": mood, "twice": twice, "anger": anger}
response = decisions.invoke({"input": complaint, "questions": questions})
json.dump(
    {
        "model": response.model,
        "choices": {name: answer.choice for name, answer in response.choices.items()},
        "probability": response.predicates["twice"].probability,
        "score": response.scores["anger"].score,
        "refusals": len(response.refusals),
        "several": [
            one.choices["mood"].choice
            for one in decisions.batch(
                [{"input": text, "questions": {"mood": mood}} for text in (complaint, "What a delight!")]
            )
        ],
        "one_option": refusal(
            lambda: decisions.invoke(
                {"input": complaint, "questions": {"topic": Choice(instructions="Topic", choices={"billing": None})}}
            )
        ),
    },
    sys.stdout,
)
