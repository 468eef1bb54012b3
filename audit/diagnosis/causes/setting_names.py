"""What people call the settings of a run."""

from __future__ import annotations

RANK = ("rank", "lora_rank", "lora_r", "r")
SEED = ("seed",)
DECODING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "do_sample", "num_beams", "max_new_tokens")
SERVING = ("served", "prompt", "template")
WEIGHTS = ("weights", "adapter", "checkpoint")  # runs that share one of these are the same model, asked twice
ALPHA = ("alpha", "lora_alpha")
LENGTH = ("epochs", "num_train_epochs", "steps", "max_steps", "num_steps")
MODEL = ("model", "base_model", "base")
LEARNING_RATE = ("learning_rate", "lr")
