"""Writes test/goldens/torch/generation/further-cases.json: what the reference's `generate` returns for options that cases.json leaves out.

Run it with Python, transformers 4.46.3 and torch: python scripts/goldens/generation.py
"""

import json
from pathlib import Path

import torch
from transformers import BertLMHeadModel, __version__

FOLDER = Path("test/goldens/torch/generation")
PROMPTS = [[212, 173], [282, 252], [196, 39, 163], [150, 119, 205, 213, 77]]
# Tokens that the model likes: as stop tokens they end rows early.
STOP, OTHER_STOP = 69, 236
OPTIONS = [
    {"eos_token_id": STOP},
    {"eos_token_id": STOP, "min_new_tokens": 6},
    {"eos_token_id": STOP, "min_length": 9},
    {"eos_token_id": STOP, "num_beams": 4},
    {"eos_token_id": STOP, "num_beams": 4, "num_return_sequences": 3},
    {"eos_token_id": STOP, "num_beams": 3, "early_stopping": True},
    {"eos_token_id": STOP, "num_beams": 3, "early_stopping": "never"},
    {"eos_token_id": STOP, "num_beams": 3, "early_stopping": "never", "length_penalty": 2.0},
    {"eos_token_id": STOP, "num_beams": 3, "length_penalty": -1.0},
    {"eos_token_id": STOP, "num_beams": 3, "length_penalty": 0.0},
    {"eos_token_id": STOP, "num_beams": 3, "min_new_tokens": 5},
    {"eos_token_id": [STOP, OTHER_STOP], "num_beams": 3},
    {"num_beams": 3, "repetition_penalty": 1.4},
    {"num_beams": 3, "no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 3, "repetition_penalty": 0.8},
    {"bad_words_ids": [[STOP]]},
    {"bad_words_ids": [[STOP, STOP], [273, STOP], [OTHER_STOP, OTHER_STOP, OTHER_STOP]]},
    {"bad_words_ids": [[STOP], [OTHER_STOP, 142]], "eos_token_id": STOP, "num_beams": 2},
    {"suppress_tokens": [STOP, OTHER_STOP]},
    {"begin_suppress_tokens": [OTHER_STOP, 273, 295]},
    {"num_beams": 2, "num_return_sequences": 2},
    {"max_length": 8},
]


def main() -> None:
    model = BertLMHeadModel.from_pretrained(FOLDER).eval()
    cases = []
    for prompt in PROMPTS:
        for options in OPTIONS:
            limits = {} if "max_length" in options else {"max_new_tokens": 12}
            # The folder's own eos_token_id is for cases.json alone.
            stop = {"eos_token_id": options.get("eos_token_id", 299)}
            with torch.no_grad():
                generated = model.generate(torch.tensor([prompt]), pad_token_id=0, **{**limits, **options, **stop})
            rows = [strip(row, len(prompt)) for row in generated.tolist()]
            cases.append({"inputs": {"input_ids": [prompt]}, "options": {**limits, **options, **stop}, "generated": rows})
    golden = {"source": f"transformers {__version__}, torch {torch.__version__}", "cases": cases}
    (FOLDER / "further-cases.json").write_text(json.dumps(golden) + "\n")


def strip(row: list[int], prompt: int) -> list[int]:
    """The row without the padding behind its stop token."""
    while len(row) > prompt and row[-1] == 0:
        row = row[:-1]
    return row


if __name__ == "__main__":
    main()
