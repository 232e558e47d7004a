"""Reports: what people want to read at the end of a trip."""

from fairshare.money import show
from fairshare.settle import payments


def text(ledger):
    """Write balances and payments for a terminal."""
    balances = ledger.balances()
    lines = ["Balances"]
    lines += [f"  {name:<10}{show(cents):>10}" for name, cents in balances.items()]
    lines += ["Payments"]
    lines += [
        f"  {one.debtor} pays {one.creditor} {show(one.cents)}" for one in payments(balances)
    ]
    return "\n".join(lines)


FORMATS = {
    "text": text,
}
