"""What LiteLLM, as a library and as a proxy, gets from the service at argv[1], as JSON on standard output."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from openai import OpenAI

base = sys.argv[1].rstrip("/")
name = "minilm-l6-heads"
service = {"api_base": f"{base}/v1", "api_key": "none"}


def rerank(provider):
    texts = ["It rained.", "Mary wrote it."]
    options = {"api_key": "none", "api_base": base, "top_n": 1}
    return litellm.rerank(model=f"{provider}/{name}", query="who wrote it?", documents=texts, **options).results


def proxy(port):
    """Embeds through a proxy of its own on this port."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        params = {"model": f"openai/{name}", **service}
        json.dump({"model_list": [{"model_name": "own", "litellm_params": params}]}, config)
        config.flush()
        command = os.path.join(os.path.dirname(sys.executable), "litellm")
        arguments = [command, "--config", config.name, "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(arguments, stdout=sys.stderr, stderr=sys.stderr)
        try:
            wait_for(f"http://127.0.0.1:{port}/health/liveliness", process)
            client = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)
            return [len(item.embedding) for item in client.embeddings.create(model="own", input=["a", "b"]).data]
        finally:
            process.terminate()
            process.wait()


def wait_for(url, process):
    while process.poll() is None:
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the proxy has ended")


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


two = litellm.embedding(model=f"openai/{name}", input=["hello", "world"], **service)
json.dump(
    {
        "embedding": [len(item["embedding"]) for item in two.data],
        "usage": two.usage.total_tokens,
        "rerank": {provider: rerank(provider)[0]["index"] for provider in ("cohere", "jina_ai")},
        "proxy": proxy(free_port()),
    },
    sys.stdout,
)
