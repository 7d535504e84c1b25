"""Makes the golden cases in ../resources/golden/models: small random models of Hugging Face
transformers, with what their own forward passes give in float32 on the CPU.

    python make_golden.py OUTPUT_FOLDER [NAME ...]

Made with torch 2.13.0 and transformers 5.18. A case is a folder with config.json,
model.safetensors and golden.safetensors: input_ids I64 [2, 48], logits, nll (mean next-token loss
of each sequence), hidden.embed (input of block 0), hidden.N (output of block N); a model with
experts also has tokens.N I64 [experts], how many tokens block N sent to each expert.
"""

import sys
import zlib
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

LENGTH = 48
SMALL = dict(
    vocab_size=59,
    hidden_size=32,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=64,
    bos_token_id=0,
    eos_token_id=0,
    pad_token_id=None,
)
GROUPED = dict(SMALL, num_key_value_heads=2)
FALCON = dict(SMALL, ffn_hidden_size=40)
del FALCON["intermediate_size"]

CASES = {
    "falcon-sequential": ("falcon", dict(
        FALCON, new_decoder_architecture=False, multi_query=False, parallel_attn=False, bias=True)),
    "falcon-one-norm": ("falcon", dict(
        FALCON, new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1,
        tie_word_embeddings=False)),
    "gemma-one-key": ("gemma", dict(SMALL, num_key_value_heads=1, head_dim=12)),
    "gemma2-uncapped": ("gemma2", dict(
        GROUPED, head_dim=12, query_pre_attn_scalar=20, sliding_window=16,
        attn_logit_softcapping=None, final_logit_softcapping=None,
        layer_types=["full_attention", "sliding_attention"])),
    "gemma2-capped": ("gemma2", dict(
        GROUPED, head_dim=12, query_pre_attn_scalar=1, sliding_window=7,
        attn_logit_softcapping=1.5, final_logit_softcapping=2.0)),
    "gpt_neo-window": ("gpt_neo", dict(
        vocab_size=59, hidden_size=32, intermediate_size=40, num_layers=2, num_heads=4,
        max_position_embeddings=64, attention_types=[[["local", "global"], 1]], window_size=5,
        bos_token_id=0, eos_token_id=0)),
    "gpt_neox-unbiased-tied": ("gpt_neox", dict(
        SMALL, attention_bias=False, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=0.5))),
    "gptj-inner": ("gptj", dict(
        vocab_size=59, n_embd=32, n_inner=40, n_layer=2, n_head=4, n_positions=64, rotary_dim=4,
        bos_token_id=0, eos_token_id=0)),
    "mistral-window": ("mistral", dict(GROUPED, sliding_window=5, head_dim=12)),
    "mixtral": ("mixtral", dict(
        GROUPED, num_local_experts=5, num_experts_per_tok=2, sliding_window=16)),
    "phi-head-norms": ("phi", dict(GROUPED, qk_layernorm=True)),
    "phi3-window-part": ("phi3", dict(
        GROUPED, sliding_window=16,
        rope_parameters=dict(rope_type="default", rope_theta=500.0, partial_rotary_factor=0.5))),
    "qwen2-window": ("qwen2", dict(
        GROUPED, use_sliding_window=True, sliding_window=16, max_window_layers=1)),
    "qwen2_moe": ("qwen2_moe", dict(
        GROUPED, num_experts=6, num_experts_per_tok=3, moe_intermediate_size=20,
        shared_expert_intermediate_size=24)),
    "qwen2_moe-normed": ("qwen2_moe", dict(
        GROUPED, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=20,
        shared_expert_intermediate_size=24, norm_topk_prob=True, qkv_bias=False)),
    "qwen3-biased": ("qwen3", dict(GROUPED, head_dim=12, attention_bias=True)),
    "stablelm-head-norms": ("stablelm", dict(GROUPED, qk_layernorm=True)),
    "stablelm-parallel": ("stablelm", dict(
        GROUPED, use_parallel_residual=True, use_qkv_bias=True)),
}


def random_model(kind, options, seed):
    torch.manual_seed(seed)
    config = transformers.AutoConfig.for_model(kind, **options)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1 and name.endswith("weight"):  # of a norm
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
                if kind.startswith("gemma"):
                    parameter.sub_(1)
            elif parameter.dim() == 1:
                parameter.copy_(0.2 * torch.randn_like(parameter))
            else:
                parameter.copy_(1.2 / parameter.shape[-1] ** 0.5 * torch.randn_like(parameter))
    return model


def record(model, ids):
    blocks = next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList))
    seen = {}

    def before(_, args, kwargs):
        seen["hidden.embed"] = (args[0] if args else kwargs["hidden_states"]).clone()

    blocks[0].register_forward_pre_hook(before, with_kwargs=True)
    for index, block in enumerate(blocks):
        def after(_, args, output, index=index):
            seen[f"hidden.{index}"] = (output[0] if isinstance(output, tuple) else output).clone()

        block.register_forward_hook(after)
        gate = getattr(getattr(block, "mlp", None), "gate", None)
        if gate is not None:
            def routed(module, args, output, index=index):
                seen[f"tokens.{index}"] = torch.bincount(
                    output[2].flatten(), minlength=module.num_experts)

            gate.register_forward_hook(routed)
    logits = model(ids, use_cache=False).logits
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return dict(seen, input_ids=ids, logits=logits, nll=losses.mean(1))


def make(name, folder):
    kind, options = CASES[name]
    seed = zlib.crc32(name.encode()) % 1000
    model = random_model(kind, options, seed)
    ids = torch.randint(options["vocab_size"], (2, LENGTH))
    with torch.no_grad():
        golden = record(model, ids)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file({k: v.contiguous() for k, v in golden.items()}, folder / "golden.safetensors")
    spread = golden["logits"].std().item()
    tokens = [v.tolist() for k, v in golden.items() if k.startswith("tokens.")]
    print(f"{name:24} seed {seed} logits {spread:.2f} nll {golden['nll'].tolist()} {tokens}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in sys.argv[2:] or CASES:
        make(case, Path(sys.argv[1]) / case)
