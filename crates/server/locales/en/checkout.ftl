# What payers read while they pay. Short sentences, as a kind person at a counter would say them.

## Around every screen
reference = Reference
languages = Language
test-mode = Test mode.
test-mode-lead = No real money moves.
test-phone = Open the test phone
no-signal = No connection. We keep trying.
note-gone-on = This payment has gone on meanwhile; nothing was sent a second time.
note-still-payable = Your first request may still be paid, so we have not sent a second one.
time-left = { $count ->
    [one] about 1 minute
   *[other] about { $count } minutes
}
do-not-pay-again = Please do not pay again.
help = Any questions? Give { $merchant } this reference: { $reference }.
help-link = Ask { $merchant }
back-button = Back to { $merchant }
pay-button = Pay { $amount }
other-way = Use another number or way to pay
date = { $day } { $month } { $year }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Choosing
choose-title = How would you like to pay?
retry-title = That did not work. Try again?
choose-other-lead = Choose another way. What you began before ends then.
choose-back = Go back to what I began
choose-pin = You confirm with your own PIN. We never ask for it here.
country = Country
country-title = Where do you pay from?
country-choose = Choose your country
country-go = Continue
country-not-possible = This cannot be paid there. Please choose another country.
country-change = Change
number = Your phone number
number-hint = Your mobile money number, { $country }
number-known = Leave it empty to pay with { $number }.
number-locked = You pay with
number-missing = Please write your phone number.
number-wrong = This number does not look right. Please check the digits.
number-cooling-down = { $count ->
    [one] Your last request may still be on your phone. Please try again in 1 second.
   *[other] Your last request may still be on your phone. Please try again in { $count } seconds.
}
number-too-often = { $count ->
    [one] We have sent many requests to this number. Please try again in 1 minute, or use another number.
   *[other] We have sent many requests to this number. Please try again in { $count } minutes, or use another number.
}
method = Pay with
method-missing = Please choose how to pay.
method-guess = Your number looks like { $method }. If that is right, press Pay.
method-not-possible = This payment cannot be made that way. Please choose another.
method-price-changed = The exchange rate has changed. Please look at the new amount.
method-degraded = Some payments fail at the moment.
method-down = Not working at the moment.
method-not-configured = Not available here.
method-min = From { $amount }.
method-max = Up to { $amount }.
method-decimals = Whole amounts only.
method-price = You pay { $amount }.
flow-prompt = Approve on your phone
flow-redirect = On a secure page
flow-otp = With a code from your phone
flow-qr = With a QR code or the app

## Approving on the phone
approve-title = Approve on your phone
approve-lead = We have sent a request to your phone. Please approve it there.
approve-shown = Your phone shows
approve-pin = Enter your PIN on your phone, never on this page.
approve-waits = Time left:
approve-dial = No request on your phone? Dial
approve-looks-like = This number looks like { $method }. If nothing comes, try { $method } next.
approve-choose-again-in = You can choose again when this request has ended, in { $left }. Decline it on your phone, and you can choose at once.
approve-choose-again = You can choose again when this request has ended. Decline it on your phone, and you can choose at once.

## A code from the phone
code-title = Enter your code
code-lead-dial = Dial this on your { $method } phone. You get a code there.
code-lead = { $method } sends you a code. Enter it here.
code-field = { $count ->
    [one] Your code of 1 digit
   *[other] Your code of { $count } digits
}
code-wrong = That code was not right. Please get a new one and try again.
code-malformed = A code is 4 to 8 digits. Please check it.

## A page of a provider
leave-title = Continue with { $method }
leave-lead = You pay on the page of { $method }, and then you come back here.
leave-button = Continue to { $method }
leave-host = The page is at { $host }.
leave-waits = It stays open for

## A code to scan
scan-title = Scan to pay
scan-lead = Open the { $method } app and scan this code.
scan-picture = QR code for { $method }
scan-button = Open { $method } on this phone
scan-waits = The code works for

## Waiting
asking-title = One moment
asking-lead = We are asking { $method }. This page changes by itself.
again-title = We are trying again
again-lead = { $method } did not get our first request. Nothing was taken.
again-next = We send a new one in a moment. Please look at your phone then.
unheard-title = We have not heard from the operator yet
unheard-lead = Your request was sent, and we do not know yet whether it was paid. We keep asking.
unheard-when = Most answers come within a few minutes. You may close this page and open it again later.
mismatch-title = The amount was not the same
mismatch-lead = The operator took another amount than was asked. Somebody is looking at it, and your money is not lost.
arrived-title = Your payment has arrived
arrived-warning = Please do not approve another request.
arrived-lead = Money came for your first try while another one is open. As soon as that one has ended, this page says “Paid”.
late-title = Money came after the end
late-given-back = This payment had ended before your money came. All of it goes back to you.
late-looked-at = This payment had ended before your money came. Somebody is looking at it, and your money is not lost.

## Paid
paid-title = Paid. Thank you!
paid-lead = Your payment has arrived.
paid-going-back = You go back to { $merchant } in {"{s}"} s.
paid-stay = Stay here
receipt = Receipt
receipt-merchant = Paid to
receipt-amount = Amount
receipt-charged = Charged
receipt-for = For
receipt-method = Paid with
receipt-number = Number
receipt-reference = Reference
receipt-date = Date
receipt-print = Print

## Not paid
failed-title = Not paid
failed-lead = Nothing was taken.
failed-next = To pay, please start again at { $merchant }.
expired-title = This page has run out
expired-lead = The time to pay is over. Nothing was taken.
expired-next = To pay, please start again at { $merchant }.
cancelled-title = Cancelled
cancelled-lead = { $merchant } has cancelled this payment. Nothing was taken.
nothing-title = This cannot be paid here yet
nothing-lead = No way to pay is set up for this payment. Please tell { $merchant }.

## Pages of no payment
unknown-title = There is no payment here
unknown-lead = Please check the link, or ask for a new one where you got it.
forbidden-title = This did not come from our page
forbidden-lead = For your safety nothing was done. Please open the payment page again and try there.
too-often-title = A little too fast
wait = Please try again in { $time }. Nothing was lost.
seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
unavailable-title = One moment, please
unavailable-lead = We are very busy. Nothing was lost. Please load this page again in a few seconds.
bad-request-title = We could not read that
bad-request-lead = Please go back and try again. Nothing was done.
error-title = Something went wrong on our side
error-lead = Please load this page again: it shows how your payment stands. Please do not pay twice.

## Why a try failed, and what to do next
failure-declined_by_payer = You declined on your phone. Nothing was taken. You can try again.
failure-wrong_pin = The PIN was not right. Nothing was taken. Please try again with your PIN.
failure-otp_invalid = The code was not right. Nothing was taken. Please try again with a new code.
failure-insufficient_funds = There was not enough money in the account. Nothing was taken. Top it up, or choose another way.
failure-wallet_limit_reached = Your account has reached its limit. Nothing was taken. Try another account, or try again tomorrow.
failure-payment_timeout = The request ran out before it was approved. Nothing was taken. You can try again.
failure-account_not_found = This number has no account there. Nothing was taken. Check the number, or choose another operator.
failure-account_blocked = This account is blocked. Nothing was taken. Ask your operator, or choose another way.
failure-amount_out_of_range = The operator does not take this amount. Nothing was taken. Please choose another way.
failure-amount_mismatch = The operator took another amount than was asked. Somebody is looking at it. Please do not pay again.
failure-operator_unavailable = The operator is not working at the moment. Nothing was taken. Choose another, or try again in a few minutes.
failure-gateway_unavailable = We could not reach the operator. Nothing was taken. Choose another, or try again in a few minutes.
failure-gateway_credentials_refused = This way to pay does not work at the moment. Nothing was taken. Please choose another.
failure-gateway_limit_reached = This way to pay has reached its limit for now. Nothing was taken. Please choose another.
failure-routing_not_configured = This way to pay is not set up yet. Nothing was taken. Please choose another.
failure-cancelled = The payment was cancelled. Nothing was taken.
failure-superseded = You chose another way. Nothing was taken the first time.
failure-closed_by_person = This try was closed for you. You can try again.
failure-unmapped = The operator said no, without a reason that we know. Nothing was taken. Try again, or choose another way.
