"""A GPT-2 learns to write equations in an encoding: python train_with_transformers.py [SOURCE [STEPS]]. Needs transformers."""

import sys

import torch
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

import kappabar

source, steps = (*sys.argv[1:3], *("sample:2000", "300")[len(sys.argv) - 1 :])
made = kappabar.export("prefix | digits:2", "tokenizer", source, template="bos-eos", texts="train.txt")
encoding, tokenizer = kappabar.load(made.folder), AutoTokenizer.from_pretrained(made.folder)
lines = made.texts.read_text("utf-8").splitlines()
torch.manual_seed(0)
special = {f"{name}_token_id": made.special_tokens[f"<{name}>"] for name in ("pad", "bos", "eos")}
sizes = {"vocab_size": made.model_vocabulary_size, "n_positions": made.max_length, "n_embd": 128, "n_layer": 4, "n_head": 4}
model = GPT2LMHeadModel(GPT2Config(**sizes, **special))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(int(steps)):
    batch = tokenizer([lines[i] for i in torch.randint(len(lines), (32,))], padding=True, return_tensors="pt")
    loss = model(**batch, labels=batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)).loss
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if step % 50 == 0:
        print(f"step {step}: {loss.item():.3f} nats per token")

for ids in model.generate(torch.full((5, 1), tokenizer.bos_token_id), do_sample=True, max_new_tokens=100).tolist():
    tree = encoding.decode([i for i in ids if i < made.vocabulary_size])  # without <bos>, <eos> and <pad>
    print(tree.reason if isinstance(tree, kappabar.Invalid) else kappabar.to_infix(tree))
