# Amounts of money, as whole cents.

# to_cents AMOUNT: 12.50 -> 1250, -2.00 -> -200, 3 -> 300
to_cents() {
  amount=$1
  sign=
  case $amount in
    -*) sign=- amount=${amount#-} ;;
  esac
  case $amount in
    *.*) whole=${amount%%.*} fraction=${amount#*.} ;;
    *) whole=$amount fraction=00 ;;
  esac
  # A leading zero would make the shell read an octal number.
  whole=$(strip_zeros "$whole")
  fraction=$(strip_zeros "$fraction")
  echo "$sign$((whole * 100 + fraction))"
}

# strip_zeros DIGITS: 08 -> 8, 00 -> 0
strip_zeros() {
  digits=$1
  while [ "${#digits}" -gt 1 ] && [ "${digits#0}" != "$digits" ]; do
    digits=${digits#0}
  done
  echo "$digits"
}

# format_cents CENTS: 1250 -> 12.50, -50 -> -0.50
format_cents() {
  cents=$1
  sign=
  case $cents in
    -*) sign=- cents=${cents#-} ;;
  esac
  printf '%s%d.%02d\n' "$sign" $((cents / 100)) $((cents % 100))
}
