// A payment of the second API as its merchant makes it.

import { international } from "./phone.mjs";

/// Makes a payment and confirms it with a number whose last digits choose the operator's scenario. The URL of its page.
export async function confirmed(house, phone) {
  const key = house.keys.payment_intents;
  const sale = {
    amount: 10_000,
    currency: "XOF",
    transaction_country: "CI",
    description: "Order 1024, two bags of rice",
    customer_email: "awa@example.com",
  };
  const { id } = await house.ask("POST", "/api/v1/payment-intents", sale, key);
  const wallet = { country: "CI", operator: "mtn", msisdn: international(phone) };
  const order = { payment_method: { type: "mobile_money", mobile_money: wallet } };
  const intent = await house.ask("POST", `/api/v1/payment-intents/${id}/confirm`, order, key);
  return intent.next_action.redirect_to_url.url;
}
