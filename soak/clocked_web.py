"""`gunicorn 'soak.clocked_web:create_app()'`: the tool's web process on the soak's clock."""

from app import create_app
from soak.clock import install_clock

install_clock()

__all__ = ["create_app"]
