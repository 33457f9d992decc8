"""Sets of images for Harlow's task: random stripes, emoji, your own folder."""

from prefrontal.registry import Registry
from prefrontal.tasks.images.base import Colours, ImageSet
from prefrontal.tasks.images.emoji import EmojiImages, emoji_or_stripes
from prefrontal.tasks.images.folder import FolderImages
from prefrontal.tasks.images.stripes import Stripes

IMAGES = Registry("image set", ImageSet, {"stripes": Stripes, "emoji": EmojiImages, "folder": FolderImages})

__all__ = ["IMAGES", "Colours", "EmojiImages", "FolderImages", "ImageSet", "Stripes", "emoji_or_stripes"]
