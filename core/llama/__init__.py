"""llama.cpp as a backend: GGUF files in a child process.

- `server`: the backend; who runs in which slot, and a new process where one has died
- `process`, `child`, `connection`: the process, its inside, and how it is talked to
- `slots`, `state`: a prompt is read once and handed from slot to slot; what a slot has read
- `held_back`: the ids that a stream does not tell
- `draws`: how llama.cpp is asked to draw, and draws by hand
- `reading`: what the model thinks of the next token, and of a given text
"""
