"""A code interpreter in a sandbox: one Jupyter kernel a conversation, behind two pipes.

- `sandbox`: one sandbox: run code, interrupt it, files up and down, end it; `pool`: who has which
- `launch`, `seccomp`: how bubblewrap starts it, and which system calls it lacks
- `bare`: the same without a sandbox, where the operator chose so
- `guest`: what runs inside, between the pipes and the kernel; `frames`: what goes through the pipes
- `limits`, `watch`: how much it may take, and who looks
- `outputs`: what comes back, as data that is safe to show
- `probe`: whether it can be had on this machine, and whether it holds
- `loop`: a model writes code, the kernel runs it, the model reads and goes on
- `folder`: what a model is told of the files that there are

Covered: code that a model or a visitor writes cannot reach files, network, processes or memory of
this machine, nor those of another sandbox, and is ended where it takes too much. Not covered:
faults of the kernel of the operating system, the time that a processor is shared for, and what a
reader believes of what the code prints.
"""
