"""The core: assignments, the wall, judging, grades. It imports neither plugins nor references nor assignments."""
