"""The wall: the only place where student code runs. Everything outside treats what comes back as hostile."""
