# What visitors of a payment link read before they have a payment of their own.

link-title = Ready to pay?
link-title-entered = How much would you like to pay?
link-lead = You choose how to pay on the next page. Nothing is taken yet.
link-go = Continue to payment
link-amount = Amount in { $currency }
link-amount-from = At least { $min }.
link-amount-between = From { $min } to { $max }.
link-amount-missing = Please write an amount.
link-amount-wrong = This amount does not look right. Please write it with digits.
link-amount-min = Please write { $min } or more.
link-amount-max = Please write { $max } or less.
link-email = Your e-mail address
link-email-optional = For your receipt. You may leave it empty.
link-email-required = We send your receipt there.
link-email-missing = Please write your e-mail address.
link-email-wrong = This address does not look right. Please check it.
link-paid-title = Already paid
link-paid-lead = This link could be paid once, and it has been. Any questions? Ask { $merchant }.
link-expired-title = This link is no longer valid
link-expired-lead = Its time is over. Ask { $merchant } for a new one.
link-inactive-title = This link is not in use
link-inactive-lead = Nothing can be paid here at the moment. Ask { $merchant } for a new link.
