// Build settings of the web interface. The output is embedded into the server binary, which
// serves it under a policy that forbids inline code and styles: nothing may be inlined here.
import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    // `vite` in front of a running server or of dev/mock.mjs.
    proxy: { "/api": "http://127.0.0.1:3000" },
  },
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
  },
});
