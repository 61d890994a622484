"""Checkpoints: what lies on disk, how text becomes ids, and how a model is loaded.

- `catalogue`, `fetching`: the models that this installation offers, and downloading one
- `checkpoint`, `configuration`, `tensors`: looks at a folder and says what it is, or what is wrong
- `gguf_file`, `gguf_config`, `gguf_tokenizer`, `gguf_weights`: the same of a GGUF file
- `found`: the GGUF files that LM Studio and Ollama keep on this machine
- `families`, `sizes`, `plan`, `machine`: the kinds of model, and what each takes of which memory
- `tokenizers`, `chatglm_tokenizer`, `fast_tokenizer`, `tokenizer_parts`, `template`, `control`:
  text to ids and chat formats, safe against typed control tokens
- `preparing`: whether it fits, where, and which program runs it, torch or llama.cpp
- `loading`, `chatglm`, `library`, `precision`, `weight_cache`: into memory, as transformers' own
  classes, in fewer bits where there is no room
"""
