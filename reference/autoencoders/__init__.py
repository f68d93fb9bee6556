"""Auto-encoders: networks that repeat what they read through a narrow place, and so find a short way to say it."""
