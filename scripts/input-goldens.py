"""Writes test/goldens/inputs.json: what the reference makes of inputs beside ids, masks and token types.

pip install transformers==4.46.3 torch safetensors
python scripts/input-goldens.py
"""

import json
from pathlib import Path

import torch
from transformers import BertModel

FOLDER = "test/goldens/torch/bert-model"
IDS = [[7, 19, 230, 4, 11], [8, 20, 231, 5, 0]]


def lists(tensor: torch.Tensor):
    return json.loads(json.dumps(tensor.tolist()), parse_float=lambda x: round(float(x), 6))


def main() -> None:
    torch.manual_seed(3)
    model = BertModel.from_pretrained(FOLDER, attn_implementation="eager").eval()
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    ids = torch.tensor(IDS)
    cases = {
        "positions": {"position_ids": torch.tensor([[3, 2, 1, 0, 9], [5, 5, 6, 7, 8]])},
        "word vectors": {"inputs_embeds": torch.randn(2, 5, model.config.hidden_size)},
        "word vectors with types and a mask": {
            "inputs_embeds": torch.randn(2, 5, model.config.hidden_size),
            "token_type_ids": torch.tensor([[0, 0, 1, 1, 1], [1, 1, 0, 0, 0]]),
            "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
        },
        "factors of heads": {"head_mask": torch.rand(heads)},
        "factors of heads by layer": {"head_mask": torch.rand(layers, heads)},
        "a mask by query": {"attention_mask": torch.tensor([
            [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]],
            [[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]],
        ])},
        "padding on the left": {"attention_mask": torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]])},
        "a hole at the start and padding on the right": {"attention_mask": torch.tensor([[0, 1, 1, 0, 0], [1, 1, 1, 1, 0]])},
    }
    written = []
    for name, inputs in cases.items():
        with torch.no_grad():
            out = model(**({} if "inputs_embeds" in inputs else {"input_ids": ids}), **inputs, output_attentions=True)
        written.append({
            "name": name,
            "inputs": {**({} if "inputs_embeds" in inputs else {"input_ids": IDS}), **{key: lists(x) for key, x in inputs.items()}},
            "outputs": {
                "last_hidden_state": lists(out.last_hidden_state),
                "pooler_output": lists(out.pooler_output),
                "attentions.1": lists(out.attentions[1]),
            },
        })
    Path("test/goldens/inputs.json").write_text(json.dumps({"cases": written}))


main()
