"""Checkpoints: what lies on disk, how text becomes ids, and how a model is loaded.

- `catalogue`, `fetching`: the models that this installation offers, and downloading one
- `checkpoint`, `configuration`, `tensors`: looks at a folder and says what it is, or what is wrong
- `families`, `sizes`, `plan`, `machine`: the kinds of model, and what each takes of which memory
- `tokenizers`, `chatglm_tokenizer`, `fast_tokenizer`, `template`, `control`: text to ids and chat
  formats, safe against typed control tokens
- `loading`, `chatglm`, `library`, `precision`, `weight_cache`: into memory, as transformers' own
  classes, in fewer bits where there is no room
"""
