// The pages for developers that the server and the simulator show: they fit, and everybody can read them.

import { House } from "./house.mjs";
import { trial } from "./patience.mjs";
import { WIDTHS, visit } from "./screens.mjs";

const house = await House.start();

const PAGES = {
  index: `${house.url}/`,
  "error-of-the-payment-api": `${house.url}/docs/errors/validation_failed`,
  "errors-of-the-payment-intents-api": `${house.url}/docs/payment-intents/errors`,
  simulator: `${house.simulator}/`,
};

for (const [name, url] of Object.entries(PAGES)) {
  trial(`the page “${name}” is in order in every width`, async () => {
    for (const width of Object.keys(WIDTHS)) {
      const reader = await visit(url, { width });
      await reader.inspect(name);
      await reader.leave();
    }
  });
}
