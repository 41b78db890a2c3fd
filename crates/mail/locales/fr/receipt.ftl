### Le reçu d'un paiement, par courriel.

subject = Reçu de { $merchant } : { $amount }
subject-test = [Test] Reçu de { $merchant } : { $amount }
title = Reçu
test = Ceci est un test. Aucun argent n’a été déplacé.
paid-to = Payé à { $merchant }
description = Objet
price = Prix
method = Payé avec
phone = Depuis le numéro
date = Date
reference = Référence
operator-reference = Référence de l’opérateur
footer = Vous recevez ce courriel parce que { $merchant } a reçu votre adresse pour le reçu de ce paiement. Vous n’avez rien à faire.

# Une ligne de la partie en texte.
line = { $label } : { $value }

moment = { $day } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    } { $year }, { $time } UTC
