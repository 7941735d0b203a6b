"""Checkout: where a person pays an order, in a browser or by one POST."""

from html import escape
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from sandbox.pages import page, table
from sandbox.razorpay import queries
from sandbox.razorpay.account import Account
from sandbox.razorpay.payments import pay
from sandbox.razorpay.schemas import OrderPage, PayIn

_BUTTONS = """
<p><label>Method <select id=method><option>upi<option>card<option>netbanking<option>wallet
</select></label></p>
<p><button data-outcome=captured>Pay</button>
<button data-outcome=authorized>Authorize only</button>
<button data-outcome=failed>Let it fail</button></p>
<pre id=answer class=dim></pre>
<script>
for (const button of document.querySelectorAll("button")) {
  button.onclick = async () => {
    const answer = await fetch(location.pathname.replace(/[/]$/, "") + "/pay", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({
        method: document.getElementById("method").value, outcome: button.dataset.outcome}),
    });
    document.getElementById("answer").textContent = JSON.stringify(await answer.json(), null, 2);
    if (window.opener) window.opener.postMessage(
      document.getElementById("answer").textContent, "*");
  };
}
</script>
"""


def checkout_router(account: Account) -> APIRouter:
    """`/` lists orders, `/checkout/{order_id}` is the page, `…/pay` is what its buttons call."""
    router = APIRouter(tags=["checkout"])

    @router.get("/", include_in_schema=False)
    async def show_orders() -> HTMLResponse:
        orders = queries.list_orders(account.store, OrderPage(count=100))
        rows = [
            (
                f'<a href="/checkout/{order["id"]}">{order["id"]}</a>',
                f"{order['amount'] / 100:.2f} {order['currency']}",
                order["status"],
                escape(order["receipt"] or ""),
            )
            for order in orders
        ]
        return page("Razorpay sandbox", table(("Order", "Amount", "Status", "Receipt"), rows))

    @router.get("/checkout/{order_id}")
    async def show_checkout(order_id: str) -> HTMLResponse:
        order = queries.get_order(account.store, order_id)
        payments = [
            (payment["id"], payment["method"], payment["status"])
            for payment in queries.list_payments_of(account.store, order_id)
        ]
        facts = (
            f"<p>{order['amount'] / 100:.2f} {order['currency']}"
            f" · {order['status']} · receipt {escape(order['receipt'] or 'none')}</p>"
        )
        return page(
            f"Pay {order_id}", facts + _BUTTONS + table(("Payment", "Method", "Status"), payments)
        )

    @router.post("/checkout/{order_id}/pay")
    async def pay_order(order_id: str, act: PayIn) -> dict[str, Any]:
        payment = pay(account, order_id=order_id, act=act)
        answer = {"razorpay_payment_id": payment["id"], "razorpay_order_id": order_id}
        if payment["status"] != "failed":
            return answer | {"razorpay_signature": account.sign_payment(order_id, payment["id"])}

        # As in Razorpay's checkout: nothing is signed for a payment that failed.
        error = {
            name: payment[f"error_{name}"]
            for name in ("code", "description", "source", "step", "reason")
        }
        about = {"payment_id": payment["id"], "order_id": order_id}
        return answer | {"razorpay_signature": None, "error": error | {"metadata": about}}

    return router
