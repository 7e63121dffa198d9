# A shopping list, one "AMOUNT NAME" a line on standard input.

# cart_total: the sum of all lines, formatted.
cart_total() {
  total=0
  while read -r amount name; do
    [ -n "$amount" ] || continue
    total=$((total + $(to_cents "$amount")))
  done
  format_cents "$total"
}
