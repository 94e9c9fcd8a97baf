"""One small session, delivered once; every test works on a copy."""

from delivery_fixtures import delivered_once, delivery, made_session, make_order, no_drawing

__all__ = ["delivered_once", "delivery", "made_session", "make_order", "no_drawing"]
