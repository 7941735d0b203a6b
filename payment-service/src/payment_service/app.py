"""The API process of payment-service."""

from fastapi import FastAPI

from payment_service.coupons.router import router as coupons
from payment_service.entitlements.router import router as entitlements
from payment_service.orders.router import router as orders
from payment_service.payments.gateway import RazorpayGateway
from payment_service.payments.router import router as payments
from payment_service.points.router import router as points
from payment_service.settings import Settings
from payment_service.till import Till
from servicekit.web.app import create_service_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Orders, payments, entitlements, coupons and points over HTTP."""
    settings = settings or Settings()
    app = create_service_app(
        settings,
        routers=[orders, payments, entitlements, coupons, points],
        title="Docfliq payments",
    )
    app.state.till = Till(app.state.sessions, RazorpayGateway(settings), settings)
    return app
