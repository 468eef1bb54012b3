"""`audit recipe init`: recipes from chat templates, Modelfiles, training configurations, or from a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audit.cli import command
from audit.nouns.dialogue import AuditError
from audit.recipes.draft import write_draft
from audit.recipes.go_template import GoTemplateError, render
from audit.recipes.lint import lint
from audit.recipes.recipe_file import Recipe, parse_recipe
from audit.recipes.sources import read_sources
from audit.rows import corpus
from audit.rulebook.pages import choose

CHATML = (
    "{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
    "{%- if message.role == 'assistant' %}{% generation %}{{ message.content }}{% endgeneration %}"
    "{%- else %}{{ message.content }}{% endif %}{{ '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"
)
PROMPT = "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


def model(folder: Path, template: str = CHATML, config: Mapping[str, Any] | None = None) -> Path:
    """A model's folder, as far as a recipe is read from it."""
    folder.mkdir(exist_ok=True)
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    tokens = {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": {"content": "<|endoftext|>"}}
    (folder / "tokenizer_config.json").write_text(json.dumps({**tokens, **(config or {})}), encoding="utf-8")
    return folder


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def recipe(*sources: Path) -> Recipe:
    return parse_recipe(write_draft(read_sources(sources)), "recipe.toml")


def rules_that_speak(of: Recipe) -> set[str]:
    rows = corpus.build([{"question": "안녕?", "answer": "Hello."}])
    return {fault.rule for fault in lint(choose(subject="recipe"), [of], rows, None).faults()}


# Chat templates


def test_a_chat_template_gives_training_text_and_served_prompt(tmp_path: Path) -> None:
    read = recipe(model(tmp_path / "model"))
    assert read.prompt.train == PROMPT + "{answer}<|im_end|>\n"
    assert read.prompt.served == PROMPT
    assert read.prompt.loss == "{answer}"
    assert (read.prompt.eos, read.prompt.pad, read.prompt.add_special) == ("<|im_end|>", "<|endoftext|>", False)
    assert rules_that_speak(read) == set()


def test_a_template_inside_the_settings_is_read_too(tmp_path: Path) -> None:
    folder = model(
        tmp_path / "model",
        config={"chat_template": [{"name": "tools", "template": "x"}, {"name": "default", "template": CHATML}]},
    )
    (folder / "chat_template.jinja").unlink()
    assert recipe(folder).prompt.served == PROMPT


def test_what_a_template_writes_before_the_answer_belongs_to_what_is_learned(tmp_path: Path) -> None:
    thinking = CHATML.replace("{% generation %}", "{{ '<think>\\n\\n</think>\\n\\n' }}{% generation %}")
    read = recipe(model(tmp_path / "model", thinking))
    assert read.prompt.loss == "<|im_start|>assistant\n"
    assert "<think>" in read.prompt.train
    assert rules_that_speak(read) == set()


def test_padding_that_is_the_end_token_is_pointed_out(tmp_path: Path) -> None:
    draft = read_sources([model(tmp_path / "model", config={"pad_token": "<|im_end|>"})])
    assert any("mask_pad = false" in note for note in draft.notes)
    assert "unlearned-stop" in rules_that_speak(parse_recipe(write_draft(draft), "r.toml"))


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ raise_exception('only users may speak') }}", "only users may speak"),
        ("{% for %}", "cannot be rendered"),
        ("{{ messages[0].content }}", "does not print the answer"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    ],
)
def test_a_template_that_fails_or_reaches_out_of_its_room_is_refused(
    tmp_path: Path, template: str, message: str
) -> None:
    with pytest.raises(AuditError, match=message):
        read_sources([model(tmp_path / "model", template)])


# Modelfiles


def test_a_modelfile_gives_what_is_served(tmp_path: Path) -> None:
    path = written(
        tmp_path / "Modelfile",
        "# mine\nFROM ./tiny-1b.gguf\n"
        'TEMPLATE """{{ if .System }}S: {{ .System }}\n{{ end }}User: {{ .Prompt }}\nBot: {{ .Response }}</s>"""\n'
        'SYSTEM "Be \\"kind\\"."\nPARAMETER stop "User:"\nPARAMETER stop </s>\n'
        "parameter temperature 0.5\nPARAMETER num_predict 64\nPARAMETER num_ctx 4096\n",
    )
    read = recipe(path)
    assert read.prompt.served == 'S: Be "kind".\nUser: {question}\nBot: '
    assert read.prompt.stop == ("User:", "</s>")
    assert (read.generate.temperature, read.generate.max_new_tokens) == (0.5, 64)
    assert "bare-space-slot" in rules_that_speak(read)


def test_a_modelfile_with_messages_is_understood(tmp_path: Path) -> None:
    path = written(
        tmp_path / "Modelfile",
        'FROM x\nTEMPLATE """{{- range $i, $_ := .Messages }}\n{{- $last := eq (len (slice $.Messages $i)) 1 -}}\n'
        '{{- if eq .Role "user" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n'
        '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}'
        "{{ if not $last }}<|im_end|>\n{{ end }}\n"
        '{{- end }}\n{{- if and (ne .Role "assistant") $last }}<|im_start|>assistant\n{{ end }}\n{{- end }}"""\n',
    )
    assert recipe(path).prompt.served == PROMPT


def test_served_otherwise_than_trained_is_found(tmp_path: Path) -> None:
    """ollama/ollama 2334: the chat template trained, another one served."""
    path = written(tmp_path / "Modelfile", 'FROM x\nTEMPLATE "<|im_start|>user\\n{{ .Prompt }}<|im_end|>\\n"\n')
    read = recipe(path, model(tmp_path / "model"))
    assert read.prompt.train == PROMPT + "{answer}<|im_end|>\n"
    assert rules_that_speak(read) == {"untrained-first-token"}


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("a {{- .X }} b", {"X": 1}, "a1 b"),
        ("a {{ .X -}} b", {"X": 1}, "a 1b"),
        ("{{ if .X }}yes{{ else if .Y }}perhaps{{ else }}no{{ end }}", {"Y": "y"}, "perhaps"),
        ("{{ range .L }}{{ . }},{{ else }}none{{ end }}", {"L": [1, 2]}, "1,2,"),
        ("{{ range .L }}{{ . }}{{ else }}none{{ end }}", {}, "none"),
        ("{{ with .X }}{{ .Y }}{{ end }}", {"X": {"Y": "in"}}, "in"),
        ('{{/* said */}}{{ or .X `b` }}{{ "}}" }}', {}, "b}}"),
        ('{{ $x := .X }}{{ if eq $x "안녕" }}{{ $x }}{{ end }}', {"X": "안녕"}, "안녕"),
    ],
)
def test_the_part_of_gos_templates_that_is_needed(template: str, values: dict[str, Any], text: str) -> None:
    assert render(template, values) == text


@pytest.mark.parametrize("template", ["{{ if .X }}", "{{ end }}", "{{ currentDate }}", "{{ .X | json }}"])
def test_other_parts_are_not_guessed(template: str) -> None:
    with pytest.raises(GoTemplateError):
        render(template, {})


# Training configurations


def test_llama_factory(tmp_path: Path) -> None:
    path = written(
        tmp_path / "sft.yaml",
        "model_name_or_path: org/tiny-1b\nstage: sft\nfinetuning_type: lora\nlora_rank: 8\nlora_target: all\n"
        "template: chatml\ncutoff_len: 2048\nlearning_rate: 2e-4\nnum_train_epochs: 3.0\nneat_packing: true\n",
    )
    read = recipe(path)
    assert (read.prompt.train, read.prompt.served) == (PROMPT + "{answer}<|im_end|>\n", PROMPT)
    assert (read.lora.rank, read.lora.alpha, read.lora.targets) == (8, 16, ("all-linear",))
    assert (read.train.learning_rate, read.train.max_length) == (2e-4, 2048)
    assert read.train.packing
    assert read.train.separate
    assert not read.prompt.mask_pad


def test_a_beginning_token_that_the_server_adds_is_no_fault(tmp_path: Path) -> None:
    llama = written(tmp_path / "sft.yaml", "stage: sft\ntemplate: llama3\n")
    text = "<|start_header_id|>user<|end_header_id|>\\n\\n{{ .Prompt }}<|eot_id|>"
    text += "<|start_header_id|>assistant<|end_header_id|>\\n\\n{{ .Response }}<|eot_id|>"
    ollama = written(tmp_path / "Modelfile", f'FROM x\nTEMPLATE "{text}"\nPARAMETER stop <|eot_id|>\n')
    read = recipe(llama, ollama)
    assert read.prompt.train.startswith("<|begin_of_text|>")
    assert read.prompt.served == read.prompt.train.partition("{answer}")[0]
    assert rules_that_speak(read) == set()


def test_an_end_token_that_only_the_tokenizer_knows_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "sft.yaml", "stage: sft\ntemplate: alpaca\n")
    with pytest.raises(AuditError, match=r"still to be said: prompt\.eos; .*--set prompt\.eos=TEXT"):
        recipe(path)
    read = recipe(path, model(tmp_path / "model", config={"eos_token": "</s>"}))
    assert read.prompt.train.endswith("### Response:\n{answer}</s>\n\n")
    assert read.prompt.served == PROMPT, "transformers serves with the model's own template"
    assert "prompt-not-prefix" in rules_that_speak(read)


def test_axolotl(tmp_path: Path) -> None:
    path = written(
        tmp_path / "config.yml",
        "base_model: org/tiny-1b\nadapter: qlora\nlora_r: 32\nlora_alpha: 16\nlora_target_linear: true\n"
        "datasets:\n  - path: x.jsonl\n    type: alpaca\nspecial_tokens:\n  eos_token: </s>\n  pad_token: </s>\n"
        "sequence_len: 512\nsample_packing: true\nflash_attention: true\nnum_epochs: 4\nmicro_batch_size: 2\n",
    )
    read = recipe(path)
    assert read.prompt.train.endswith("### Response:\n{answer}</s>")
    assert read.lora.scale == 0.5
    assert read.train.separate
    assert rules_that_speak(read) == {"rank-moves-scale"}


def test_axolotl_with_the_tokenizers_template_needs_the_models_folder(tmp_path: Path) -> None:
    path = written(tmp_path / "c.yml", "base_model: org/tiny-1b\ndatasets:\n  - path: x\n    type: chat_template\n")
    with pytest.raises(AuditError, match=r"still to be said: prompt\.train"):
        recipe(path)
    assert recipe(path, model(tmp_path / "model")).prompt.served == PROMPT


def test_trl_with_prompt_and_completion(tmp_path: Path) -> None:
    path = written(
        tmp_path / "trl.yaml",
        "model_name_or_path: org/tiny-1b\ndataset_name: mine\nuse_peft: true\npacking: true\neos_token: </s>\n",
    )
    read = recipe(path)
    assert (read.prompt.train, read.prompt.loss) == ("{question}{answer}</s>", "{answer}")
    assert (read.lora.rank, read.lora.alpha, read.train.max_length) == (16, 32, 1024)


def test_an_adapter_and_its_folder(tmp_path: Path) -> None:
    folder = model(tmp_path / "adapter")
    adapter = {
        "base_model_name_or_path": "org/tiny-1b",
        "r": 64,
        "lora_alpha": 16,
        "target_modules": ["v_proj", "q_proj"],
    }
    written(folder / "adapter_config.json", json.dumps({**adapter, "use_rslora": True}))
    written(folder / "generation_config.json", json.dumps({"temperature": 0.7, "max_new_tokens": 99}))
    read = recipe(folder)
    assert (read.model, read.lora.rank, read.lora.scale) == ("org/tiny-1b", 64, 2)
    assert read.lora.targets == ("q_proj", "v_proj")
    assert (read.generate.temperature, read.generate.max_new_tokens) == (0.7, 99)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "just: this\n", "its keys are not those of"),
        ("a.yaml", "- 1\n", "no settings by name"),
        ("a.yaml", "a: [\n", "cannot be read as YAML"),
        ("a.yaml", "stage: sft\nlearning_rate: fast\ntemplate: empty\n", "a setting is not what llama_factory takes"),
        ("a.yaml", "stage: sft\ntemplate: empty\ncutoff_len: long\n", r"\[train\] max_length must be a whole number"),
        ("Modelfile", "FROM x\nPARAMETER temperature hot\n", "PARAMETER temperature must be a number; found 'hot'"),
        ("Modelfile", 'FROM x\nTEMPLATE "{{ if .Prompt }}"\n', "its TEMPLATE holds .* which is not understood"),
        ("tokenizer_config.json", "{", "cannot be read as JSON"),
        ("tokenizer_config.json", "{}", "has no chat template"),
        ("notes.txt", "x", "not known as something to read a recipe from"),
    ],
)
def test_a_source_that_cannot_be_read_is_said(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(AuditError, match=message):
        recipe(written(tmp_path / name, text))


# The command


def init(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(command, ["recipe", "init", *words], standalone_mode=False, **options)


def test_what_init_writes_is_read_back_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model(tmp_path / "model", CHATML.replace("<|im_start|>", "〈\\t\\\\🙂\x7f"))
    assert init("model", "--set", "lora.rank=16", "--set", "lora.alpha=8").return_value == 0
    read = parse_recipe(Path("recipe.toml").read_text(encoding="utf-8"), "recipe.toml")
    assert read.prompt.served == "〈\t\\🙂\x7fuser\n{question}<|im_end|>\n〈\t\\🙂\x7fassistant\n"
    assert read.lora.scale == 0.5
    again = init("model")
    assert "recipe.toml is there already" in str(again.exception)


def test_init_asks_a_person_and_no_one_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "still to be said: prompt.train" in str(init("-o", "-").exception)
    monkeypatch.setattr("audit.commands.recipe._someone_is_there", lambda: True)
    replies = [
        "질문: {question}\\n답: {answer}</s>",
        "답:",
        "질문: {question}\\n답:",
        "</s>",
        "</s>",
        "",
        "16",
        "16",
        "",
        "",
    ]
    outcome = init("-o", "-", input="\n".join(replies) + "\n")
    read = parse_recipe(outcome.stdout, "recipe.toml")
    assert read.prompt.train == "질문: {question}\n답: {answer}</s>"
    assert (read.prompt.stop, read.lora.rank) == (("</s>",), 16)


def test_init_refuses_keys_that_a_recipe_does_not_have() -> None:
    outcome = init("--set", "prompt.train={question}{answer}", "--set", "lora.rnk=3", "-o", "-")
    assert "no key 'lora.rnk'; did you mean 'lora.rank'?" in str(outcome.exception)
    assert "say it as KEY=VALUE" in str(init("--set", "lora.rank").exception)
