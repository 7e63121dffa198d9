same "adds up a list" 15.50 "$(printf '12.50 tea\n3 bread\n' | cart_total)"
same "a refund is taken off" 10.50 "$(printf '12.50 tea\n-2.00 voucher\n' | cart_total)"
same "a refund of less than a euro is taken off" 12.00 "$(printf '12.50 tea\n-0.50 deposit\n' | cart_total)"
same "an empty list costs nothing" 0.00 "$(printf '' | cart_total)"
