// A checkout as its merchant makes it, and as its payer acts on it. Owns what the page's fields and screens are called.

import { visit } from "./screens.mjs";

/// Makes a checkout; `more` overrides members. Gives `{ url, id }`, where `id` is the payment's.
export async function sale(house, more = {}) {
  const { data } = await house.ask("POST", "/v1/payment/checkouts", {
    amount: 12_500,
    currency: "XOF",
    description: "Order 1024, two bags of rice",
    customer: { email: "awa@example.com", first_name: "Awa" },
    customization: { brand: "Chez Awa" },
    ...more,
  });
  house.secrets.push(data.checkout.token);
  return { url: data.checkout.url, id: data.payment.id };
}

/// The body of an attempt by mobile money in Côte d'Ivoire.
export function attemptBy(phone, method = "momo_mtn") {
  return { method_code: method, country: "CI", phone: { number: phone, country: "CI" } };
}

/// The merchant starts the attempt that the payer could have started, so that a page can be opened in the middle.
export async function begun(house, phone, more = {}, method = "momo_mtn") {
  const made = await sale(house, more);
  await house.ask("POST", `/v1/payment/intents/${made.id}/attempt`, attemptBy(phone, method));
  return made;
}

/// A payer on the page of a checkout.
export class Payer {
  static async open(url, mood) {
    const payer = new Payer();
    payer.visitor = await visit(url, mood);
    return payer;
  }

  get page() {
    return this.visitor.page;
  }

  /// Waits until the page shows this screen, by itself.
  async sees(screen) {
    await this.page.waitForSelector(`main[data-screen="${screen}"]`);
  }

  /// Fills in how to pay; `method` is chosen when it is given. The country is changed to ours where another one is proposed.
  async fill(phone, method) {
    const country = this.page.locator("select[name=country]");
    if ((await country.count()) && (await country.inputValue()) !== "CI") {
      await country.selectOption("CI");
      await this.page.click("form.country button");
      await this.page.waitForSelector("input[name=country][value=CI]", { state: "attached" });
    }
    await this.page.fill("[name=phone]", phone);
    if (method) await this.page.check(`[name=method][value=${method}]`);
  }

  /// Presses the one button that goes on.
  async goOn() {
    await this.page.click("main form button.go");
  }

  async pay(phone, method) {
    await this.fill(phone, method);
    await this.goOn();
  }

  async giveCode(code) {
    await this.page.fill("[name=code]", code);
    await this.goOn();
  }

  async leave() {
    await this.visitor.leave();
  }
}

