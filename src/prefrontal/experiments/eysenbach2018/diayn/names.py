"""What the tasks of `diayn` are called, and its bounds."""

BOX = "skills-box"
ROOMS = "skills-rooms"
LOG_Q = -0.15  # at least, the mean log q(z|s) over held-out episodes
ACCURACY = 0.95  # at least, the share of states in which the skill is told right
APART = 0.25  # at least, between the mean ends of any two skills; the box is 2 wide


def box(skills: int) -> str:
    return f"{BOX}:skills={skills}"
