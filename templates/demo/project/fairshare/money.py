"""Amounts of money as whole cents, so that nothing is lost to floating point."""


def parse(text):
    """Read an amount: `12`, `12.5`, `12.50` or `1,250.00`, as cents."""
    plain = text.strip().replace(",", "")
    whole, _, part = plain.partition(".")
    if not whole.isdigit() or len(part) > 2 or not (part == "" or part.isdigit()):
        raise ValueError(f"not an amount: {text!r}")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def show(cents):
    """Write cents as an amount: `1250` is `12.50`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"
