"""A small server that answers as Pix's API for partner organisations ("MaDDo") does, and refuses what Pix refuses."""

from demo.pix_api.answers import Asked, Told, answer
from demo.pix_api.data import Client, PixData
from demo.pix_api.server import RunningPixApi

__all__ = ["Asked", "Client", "PixData", "RunningPixApi", "Told", "answer"]
