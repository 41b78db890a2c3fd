### The receipt of a payment, by e-mail.

subject = Receipt from { $merchant }: { $amount }
subject-test = [Test] Receipt from { $merchant }: { $amount }
title = Receipt
test = This is a test. No money was moved.
paid-to = Paid to { $merchant }
description = For
price = Price
method = Paid with
phone = From number
date = Date
reference = Reference
operator-reference = Operator’s reference
footer = You get this e-mail because { $merchant } was given your address for the receipt of this payment. There is nothing for you to do.

# A line of the text part.
line = { $label }: { $value }

# $day and $year are numbers as text, $month is a number, $time is hours and minutes.
moment = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }, { $time } UTC
