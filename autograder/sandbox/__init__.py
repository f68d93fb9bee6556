"""The wall: the only place where student code runs. Everything outside treats what comes back as hostile.

`sandbox.py` is what the grader uses, `session.py` how a notebook is run and asked, `worker/` what lives inside. This
file imports nothing, because the words of a conversation (`worker/values.py`) are needed where no sandbox is.
"""
