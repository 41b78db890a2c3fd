// A wire between a browser and a server that can go dead without a word, as a phone's does in a tunnel: nothing passes, and
// nobody is told. New connections pass.

import { connect, createServer } from "node:net";
import { after } from "node:test";

export class Wire {
  #pairs = new Set();

  /// A wire to this server; `url` is what the browser opens in its place.
  static async to(url) {
    const wire = new Wire();
    const { hostname, port } = new URL(url);
    wire.server = createServer((near) => {
      const far = connect(Number(port), hostname);
      const pair = [near, far];
      wire.#pairs.add(pair);
      for (const end of pair) {
        end.on("error", () => pair.forEach((one) => one.destroy()));
        end.on("close", () => wire.#pairs.delete(pair));
      }
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise((resolve) => wire.server.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    after(() => wire.close());
    return wire;
  }

  /// Every connection that stands now is dead, and stays open.
  goDead() {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
    }
  }

  close() {
    for (const pair of this.#pairs) pair.forEach((end) => end.destroy());
    this.server.close();
  }
}
