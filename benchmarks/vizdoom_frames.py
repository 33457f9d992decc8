"""ViZDoom (Kempka et al. 2016) at 160 x 120, RGB: `python vizdoom_frames.py GAMES`.

Set to be as fast as it goes: no window, nothing but the picture, and a thread for each game, in which the
picture is taken and a random action made, once a frame.
"""

import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import vizdoom  # pyright: ignore[reportMissingImports]
from worker import serve

FRAMES = 64  # of each game in an update


class Game:
    def __init__(self, folder: str, number: int):
        self.game = vizdoom.DoomGame()
        self.game.load_config(str(Path(vizdoom.scenarios_path) / "my_way_home.cfg"))
        self.game.set_doom_config_path(str(Path(folder) / f"game-{number}.ini"))
        self.game.set_screen_resolution(vizdoom.ScreenResolution.RES_160X120)
        self.game.set_screen_format(vizdoom.ScreenFormat.RGB24)
        for unneeded in ("window_visible", "render_hud", "sound_enabled"):
            getattr(self.game, f"set_{unneeded}")(False)
        for buffer in ("depth", "labels", "automap"):
            getattr(self.game, f"set_{buffer}_buffer_enabled")(False)
        self.game.set_mode(vizdoom.Mode.PLAYER)
        self.game.init()
        buttons = self.game.get_available_buttons_size()
        self.actions = [[int(one == other) for one in range(buttons)] for other in range(buttons)]

    def play(self, frames: int) -> None:
        for _ in range(frames):
            if self.game.is_episode_finished():
                self.game.new_episode()
            picture = self.game.get_state().screen_buffer
            assert picture.shape == (120, 160, 3)
            self.game.make_action(random.choice(self.actions), 1)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(count) as threads:
        games = [Game(folder, number) for number in range(count)]

        def play(updates: int) -> int:
            list(threads.map(lambda game: game.play(updates * FRAMES), games))
            return updates * FRAMES * count

        serve(play, ["vizdoom"])


if __name__ == "__main__":
    main(int(sys.argv[1]))
