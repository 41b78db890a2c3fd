# Ce que lisent les payeurs. Des phrases courtes, comme les dirait une personne aimable au guichet.

## Autour de chaque écran
reference = Référence
languages = Langue
test-mode = Mode test.
test-mode-lead = Aucun argent réel ne circule.
test-phone = Ouvrir le téléphone de test
no-signal = Pas de connexion. Nous réessayons sans cesse.
note-gone-on = Ce paiement a avancé entre-temps ; rien n’a été envoyé une seconde fois.
note-still-payable = Votre première demande peut encore être payée. Nous n’en avons donc pas envoyé d’autre.
time-left = { $count ->
    [one] environ 1 minute
   *[other] environ { $count } minutes
}
do-not-pay-again = Ne payez pas une seconde fois.
help = Une question ? Donnez cette référence à { $merchant } : { $reference }.
help-link = Poser la question à { $merchant }
back-button = Retour chez { $merchant }
pay-button = Payer { $amount }
other-way = Utiliser un autre numéro ou moyen de paiement
date = { $day } { $month } { $year } à { $time } UTC
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

## Choisir
choose-title = Comment souhaitez-vous payer ?
retry-title = Cela n’a pas marché. On réessaie ?
choose-other-lead = Choisissez un autre moyen. Ce que vous aviez commencé prendra fin.
choose-back = Revenir à ce que j’avais commencé
choose-pin = Vous confirmez avec votre propre code secret. Nous ne le demandons jamais ici.
country = Pays
country-title = D’où payez-vous ?
country-choose = Choisissez votre pays
country-go = Continuer
country-not-possible = Ce paiement n’est pas possible là-bas. Choisissez un autre pays.
country-change = Changer
number = Votre numéro de téléphone
number-hint = Votre numéro mobile money, { $country }
number-known = Laissez vide pour payer avec le { $number }.
number-locked = Vous payez avec le
number-missing = Écrivez votre numéro de téléphone.
number-wrong = Ce numéro ne semble pas juste. Vérifiez les chiffres.
number-cooling-down = { $count ->
    [one] Votre dernière demande est peut-être encore sur votre téléphone. Réessayez dans 1 seconde.
   *[other] Votre dernière demande est peut-être encore sur votre téléphone. Réessayez dans { $count } secondes.
}
number-too-often = { $count ->
    [one] Ce numéro a déjà reçu beaucoup de demandes. Réessayez dans 1 minute, ou utilisez un autre numéro.
   *[other] Ce numéro a déjà reçu beaucoup de demandes. Réessayez dans { $count } minutes, ou utilisez un autre numéro.
}
method = Payer avec
method-missing = Choisissez un moyen de paiement.
method-guess = Votre numéro ressemble à un numéro { $method }. Si c’est bien cela, appuyez sur Payer.
method-not-possible = Ce paiement ne peut pas se faire ainsi. Choisissez un autre moyen.
method-price-changed = Le taux de change a changé. Regardez le nouveau montant.
method-degraded = Certains paiements échouent en ce moment.
method-down = Ne fonctionne pas en ce moment.
method-not-configured = Pas disponible ici.
method-min = À partir de { $amount }.
method-max = Jusqu’à { $amount }.
method-decimals = Montants entiers seulement.
method-price = Vous payez { $amount }.
flow-prompt = Validez sur votre téléphone
flow-redirect = Sur une page sécurisée
flow-otp = Avec un code reçu sur votre téléphone
flow-qr = Avec un code QR ou l’application

## Valider sur le téléphone
approve-title = Validez sur votre téléphone
approve-lead = Nous avons envoyé une demande sur votre téléphone. Il ne reste qu’à la valider.
approve-shown = Votre téléphone affiche
approve-pin = Saisissez votre code secret sur votre téléphone, jamais sur cette page.
approve-waits = Temps restant :
approve-dial = Rien reçu sur votre téléphone ? Composez le
approve-looks-like = Ce numéro ressemble à un numéro { $method }. Si rien n’arrive, essayez ensuite { $method }.
approve-choose-again-in = Vous pourrez choisir à nouveau quand cette demande sera finie, dans { $left }. Refusez-la sur votre téléphone et vous pourrez choisir tout de suite.
approve-choose-again = Vous pourrez choisir à nouveau quand cette demande sera finie. Refusez-la sur votre téléphone et vous pourrez choisir tout de suite.

## Un code reçu sur le téléphone
code-title = Saisissez votre code
code-lead-dial = Composez ceci sur votre téléphone { $method }. Vous y recevrez un code.
code-lead = { $method } vous envoie un code. Saisissez-le ici.
code-field = { $count ->
    [one] Votre code à 1 chiffre
   *[other] Votre code à { $count } chiffres
}
code-wrong = Ce code n’était pas le bon. Demandez-en un autre et réessayez.
code-malformed = Un code a de 4 à 8 chiffres. Vérifiez-le.

## La page d’un prestataire
leave-title = Continuez avec { $method }
leave-lead = Vous payez sur la page de { $method }, puis vous revenez ici.
leave-button = Continuer vers { $method }
leave-host = La page se trouve à l’adresse { $host }.
leave-waits = Elle reste ouverte encore

## Un code à scanner
scan-title = Scannez pour payer
scan-lead = Ouvrez l’application { $method } et scannez ce code.
scan-picture = Code QR pour { $method }
scan-button = Ouvrir { $method } sur ce téléphone
scan-waits = Le code est valable encore

## Attendre
asking-title = Un instant
asking-lead = Nous interrogeons { $method }. Cette page change toute seule.
again-title = Nous essayons encore
again-lead = { $method } n’a pas reçu notre première demande. Rien n’a été prélevé.
again-next = Nous en envoyons une autre dans un instant. Regardez alors votre téléphone.
unheard-title = L’opérateur n’a pas encore répondu
unheard-lead = Votre demande est partie et nous ne savons pas encore si elle est payée. Nous continuons à demander.
unheard-when = La réponse arrive presque toujours en quelques minutes. Vous pouvez fermer cette page et la rouvrir plus tard.
mismatch-title = Le montant n’était pas le même
mismatch-lead = L’opérateur a pris un autre montant que prévu. Quelqu’un s’en occupe et votre argent n’est pas perdu.
arrived-title = Votre paiement est arrivé
arrived-warning = Ne validez aucune autre demande.
arrived-lead = L’argent de votre premier essai est arrivé alors qu’un autre est en cours. Dès que celui-ci sera terminé, cette page indiquera « Payé ».
late-title = L’argent est arrivé après la fin
late-given-back = Ce paiement était terminé avant l’arrivée de votre argent. Il vous est rendu en entier.
late-looked-at = Ce paiement était terminé avant l’arrivée de votre argent. Quelqu’un s’en occupe et votre argent n’est pas perdu.

## Payé
paid-title = Payé. Merci !
paid-lead = Votre paiement est arrivé.
paid-going-back = Vous retournez chez { $merchant } dans {"{s}"} s.
paid-stay = Rester ici
receipt = Reçu
receipt-merchant = Payé à
receipt-amount = Montant
receipt-charged = Débité
receipt-for = Pour
receipt-method = Payé avec
receipt-number = Numéro
receipt-reference = Référence
receipt-date = Date
receipt-print = Imprimer

## Non payé
failed-title = Non payé
failed-lead = Rien n’a été prélevé.
failed-next = Pour payer, recommencez chez { $merchant }.
expired-title = Cette page n’est plus valable
expired-lead = Le temps pour payer est passé. Rien n’a été prélevé.
expired-next = Pour payer, recommencez chez { $merchant }.
cancelled-title = Annulé
cancelled-lead = { $merchant } a annulé ce paiement. Rien n’a été prélevé.
nothing-title = Ce paiement n’est pas encore possible ici
nothing-lead = Aucun moyen de paiement n’est prêt pour ce paiement. Prévenez { $merchant }.

## Pages sans paiement
unknown-title = Il n’y a pas de paiement ici
unknown-lead = Vérifiez le lien, ou demandez-en un nouveau là où vous l’avez reçu.
forbidden-title = Cela ne vient pas de notre page
forbidden-lead = Par sécurité, rien n’a été fait. Rouvrez la page de paiement et réessayez là.
too-often-title = Un peu trop vite
wait = Réessayez dans { $time }. Rien n’est perdu.
seconds = { $count ->
    [one] 1 seconde
   *[other] { $count } secondes
}
minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
unavailable-title = Un instant, s’il vous plaît
unavailable-lead = Il y a beaucoup de monde. Rien n’est perdu. Rechargez cette page dans quelques secondes.
bad-request-title = Nous n’avons pas pu lire cela
bad-request-lead = Revenez en arrière et réessayez. Rien n’a été fait.
error-title = Un problème est survenu chez nous
error-lead = Rechargez cette page : elle montre où en est votre paiement. Ne payez pas deux fois.

## Pourquoi un essai a échoué, et que faire
failure-declined_by_payer = Vous avez refusé sur votre téléphone. Rien n’a été prélevé. Vous pouvez réessayer.
failure-wrong_pin = Le code secret n’était pas le bon. Rien n’a été prélevé. Réessayez avec votre code.
failure-otp_invalid = Le code n’était pas le bon. Rien n’a été prélevé. Réessayez avec un nouveau code.
failure-insufficient_funds = Il n’y avait pas assez d’argent sur le compte. Rien n’a été prélevé. Rechargez-le ou choisissez un autre moyen.
failure-wallet_limit_reached = Votre compte a atteint son plafond. Rien n’a été prélevé. Essayez un autre compte, ou réessayez demain.
failure-payment_timeout = La demande a pris fin avant d’être validée. Rien n’a été prélevé. Vous pouvez réessayer.
failure-account_not_found = Ce numéro n’a pas de compte chez cet opérateur. Rien n’a été prélevé. Vérifiez le numéro ou changez d’opérateur.
failure-account_blocked = Ce compte est bloqué. Rien n’a été prélevé. Voyez avec votre opérateur ou choisissez un autre moyen.
failure-amount_out_of_range = L’opérateur n’accepte pas ce montant. Rien n’a été prélevé. Choisissez un autre moyen.
failure-amount_mismatch = L’opérateur a pris un autre montant que prévu. Quelqu’un s’en occupe. Ne payez pas une seconde fois.
failure-operator_unavailable = L’opérateur ne fonctionne pas en ce moment. Rien n’a été prélevé. Choisissez-en un autre ou réessayez dans quelques minutes.
failure-gateway_unavailable = Nous n’avons pas pu joindre l’opérateur. Rien n’a été prélevé. Choisissez-en un autre ou réessayez dans quelques minutes.
failure-gateway_credentials_refused = Ce moyen de paiement ne fonctionne pas en ce moment. Rien n’a été prélevé. Choisissez-en un autre.
failure-gateway_limit_reached = Ce moyen de paiement a atteint son plafond. Rien n’a été prélevé. Choisissez-en un autre.
failure-routing_not_configured = Ce moyen de paiement n’est pas encore prêt. Rien n’a été prélevé. Choisissez-en un autre.
failure-cancelled = Le paiement a été annulé. Rien n’a été prélevé.
failure-superseded = Vous avez choisi un autre moyen. Rien n’a été prélevé la première fois.
failure-closed_by_person = Cet essai a été clos pour vous. Vous pouvez réessayer.
failure-unmapped = L’opérateur a refusé, sans raison connue de nous. Rien n’a été prélevé. Réessayez ou choisissez un autre moyen.
