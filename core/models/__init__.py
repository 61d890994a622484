"""Checkpoints: what lies on disk, how text becomes ids, and how a model is loaded.

- `chatglm`: the ChatGLM3 family on transformers' own GLM classes (imports torch)
- `tokenizer`: sentencepiece text <-> ids, and prompts assembled from ids
- `configuration`: what a checkpoint's config.json may say
- `checkpoint`: looks at a folder and says what it is, or what is wrong with it
- `catalogue`: the names of the models that this installation offers
- `loading`: opens a checkpoint on a device (imports torch)
"""
