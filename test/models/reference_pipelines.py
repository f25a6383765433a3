"""Runs the reference's pipelines: a JSON list of [folder, task, cases] in a file, one JSON list of answers per entry on standard output.
An answer is {"outputs": ...}, or {"refused": "ValueError"} for an error."""

import json
import sys

from transformers import pipeline


def answer(pipe, inputs, parameters):
    try:
        given = {**inputs, **parameters} if pipe.task == "question-answering" else parameters
        outputs = pipe(**given) if pipe.task == "question-answering" else pipe(inputs, **given)
        return {"outputs": outputs}
    except Exception as error:
        return {"refused": type(error).__name__}


for folder, task, cases in json.load(open(sys.argv[1])):
    pipe = pipeline(task, model=folder, tokenizer=folder, device="cpu")
    answers = [answer(pipe, case["inputs"], case["parameters"]) for case in cases]
    print(json.dumps(answers, default=float))
