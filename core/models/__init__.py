"""Checkpoints: what lies on disk, how text becomes ids, and how a model is loaded.

- `chatglm`: the ChatGLM3 family on transformers' own GLM classes (imports torch)
- `text`: what everything else needs of a tokenizer and chat format
- `tokenizer`: ChatGLM3's, sentencepiece, prompts assembled from ids
- `fast_tokenizer`, `template`, `control`: the other families', safe against typed control tokens
- `families`, `sizes`: the kinds of model, and what their sizes add up to
- `configuration`: what a checkpoint's config.json may say
- `checkpoint`: looks at a folder and says what it is, or what is wrong with it
- `catalogue`: the names of the models that this installation offers
- `loading`: opens a checkpoint on a device (imports torch)
"""
