#!/bin/sh
# Runs tests/NAME.test.sh for each NAME given, or all of them, and prints TAP.
cd "$(dirname "$0")/.." || exit 2
. lib/money.sh
. lib/cart.sh

count=0
failed=0

# same NAME EXPECTED ACTUAL
same() {
  count=$((count + 1))
  if [ "$2" = "$3" ]; then
    echo "ok $count - $1"
  else
    failed=$((failed + 1))
    echo "not ok $count - $1"
    echo "  # expected: $2"
    echo "  # actual:   $3"
  fi
}

if [ $# -eq 0 ]; then
  for file in tests/*.test.sh; do
    . "./$file"
  done
else
  for name in "$@"; do
    . "./tests/$name.test.sh"
  done
fi
echo "1..$count"
[ "$failed" -eq 0 ]
