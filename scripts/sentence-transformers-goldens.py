"""Writes test/goldens/sentence-transformers: one tiny random BERT, and for every kind of module list what the reference makes of it.

pip install sentence-transformers==3.3.1 transformers==4.46.3 torch safetensors
python scripts/sentence-transformers-goldens.py

Each folder holds what sentence-transformers saved, but for the encoder's files, which are the same everywhere and lie in `encoder`.
cases.json has texts, the prompt that was put before them, and the vectors.
"""

import json
import shutil
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer, models
from transformers import BertConfig, BertModel, BertTokenizerFast

OUT = Path("test/goldens/sentence-transformers")
WORDS = "the a red green boat house runs sleeps over under river hill old new query : passage".split()
TEXTS = ["the red boat", "a", "old house under the green hill", "the boat runs over the river : a new house sleeps", "unknown red"]
ENCODER_FILES = {"config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}


def make_encoder(folder: Path) -> None:
    torch.manual_seed(1)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(tokens))
    config = BertConfig(
        vocab_size=len(tokens), hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
        max_position_embeddings=24, initializer_range=0.4,
    )
    BertModel(config).eval().save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=24).save_pretrained(folder)


def transformer() -> models.Transformer:
    return models.Transformer(str(OUT / "encoder"))


def pooling(*modes: str) -> models.Pooling:
    chosen = {f"pooling_mode_{mode}": mode in modes for mode in
              ("cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")}
    return models.Pooling(24, **chosen)


def kinds() -> dict[str, tuple[list[torch.nn.Module], dict]]:
    torch.manual_seed(2)
    short = transformer()
    short.max_seq_length = 6
    tanh, identity, relu = torch.nn.Tanh(), torch.nn.Identity(), torch.nn.ReLU()
    prompts = {"prompts": {"query": "query : ", "passage": "passage : "}, "default_prompt_name": "passage"}
    norm = models.LayerNorm(24)
    torch.nn.init.normal_(norm.norm.weight)
    torch.nn.init.normal_(norm.norm.bias)
    return {
        "cls": ([transformer(), pooling("cls_token"), models.Normalize()], {}),
        "max": ([transformer(), pooling("max_tokens")], {}),
        "mean": ([transformer(), pooling("mean_tokens")], {}),
        "mean_sqrt_len": ([transformer(), pooling("mean_sqrt_len_tokens")], {}),
        "weightedmean": ([transformer(), pooling("weightedmean_tokens")], {}),
        "lasttoken": ([transformer(), pooling("lasttoken"), models.Normalize()], {}),
        "all": ([transformer(), pooling("cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens",
                                        "weightedmean_tokens", "lasttoken"), models.Normalize()], {}),
        "dense": ([transformer(), pooling("mean_tokens"), models.Dense(24, 10, activation_function=tanh), models.Normalize()], {}),
        "two-dense": ([transformer(), pooling("cls_token", "mean_tokens"),
                       models.Dense(48, 20, bias=False, activation_function=relu),
                       models.Dense(20, 7, activation_function=identity)], {}),
        "layernorm": ([transformer(), pooling("mean_tokens"), norm, models.Dropout(0.3)], {}),
        "prompts": ([transformer(), pooling("mean_tokens"), models.Normalize()], prompts),
        "short": ([short, pooling("mean_tokens")], {}),
    }


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    make_encoder(OUT / "encoder")
    for name, (modules, settings) in kinds().items():
        model = SentenceTransformer(modules=modules, device="cpu", **settings)
        folder = OUT / name
        model.save(str(folder), create_model_card=False)
        cases = []
        for prompt in [None, *model.prompts]:
            vectors = model.encode(TEXTS, prompt_name=prompt, batch_size=2, convert_to_numpy=True)
            used = prompt or model.default_prompt_name
            cases.append({"prompt": model.prompts.get(used, "") if used else "", "vectors": [[round(float(x), 7) for x in row] for row in vectors]})
        for file in ENCODER_FILES:
            (folder / file).unlink(missing_ok=True)
        (folder / "cases.json").write_text(json.dumps({"texts": TEXTS, "cases": cases}))
    (OUT / "encoder" / "special_tokens_map.json").unlink(missing_ok=True)
    (OUT / "encoder" / "tokenizer.json").unlink(missing_ok=True)


main()
