# Ce que lit le visiteur d’un lien de paiement avant d’avoir un paiement à lui.

link-title = Prêt à payer ?
link-title-entered = Combien voulez-vous payer ?
link-lead = Vous choisissez comment payer à la page suivante. Rien n’est encore prélevé.
link-go = Continuer vers le paiement
link-amount = Montant en { $currency }
link-amount-from = Au moins { $min }.
link-amount-between = De { $min } à { $max }.
link-amount-missing = Écrivez un montant.
link-amount-wrong = Ce montant ne semble pas correct. Écrivez-le en chiffres.
link-amount-min = Écrivez { $min } ou plus.
link-amount-max = Écrivez { $max } ou moins.
link-email = Votre adresse e-mail
link-email-optional = Pour votre reçu. Vous pouvez la laisser vide.
link-email-required = Nous y envoyons votre reçu.
link-email-missing = Écrivez votre adresse e-mail.
link-email-wrong = Cette adresse ne semble pas correcte. Vérifiez-la.
link-paid-title = Déjà payé
link-paid-lead = Ce lien pouvait être payé une fois, et il l’a été. Une question ? Voyez avec { $merchant }.
link-expired-title = Ce lien n’est plus valable
link-expired-lead = Son temps est passé. Demandez un nouveau lien à { $merchant }.
link-inactive-title = Ce lien ne sert pas en ce moment
link-inactive-lead = On ne peut rien payer ici pour l’instant. Demandez un nouveau lien à { $merchant }.
