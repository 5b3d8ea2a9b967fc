/**
 * How Next builds and serves the page: workspace packages are TypeScript sources and are compiled with it, what
 * needs Node's own `require` stays outside the bundle, and every answer carries the security headers below. What a page
 * may load is another one for each request: server/content_security.ts.
 *
 * The page's hls.js is its own build (hls/build.mjs), made here, because everything that compiles the page comes by here:
 * the production build, with turbo or without, and the development server.
 */
import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER, PHASE_PRODUCTION_BUILD } from "next/constants.js";
import createNextIntlPlugin from "next-intl/plugin";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Next would otherwise write instruction files into the tree when it finds certain programs.
  agentRules: false,
  turbopack: {
    resolveAlias: {
      "hls.js": "./.hls/hls.js",
      "hls.js/dist/hls.worker.js": "./.hls/hls.worker.js",
    },
  },
  transpilePackages: ["@rokuga/db", "@rokuga/media", "@rokuga/runtime", "@rokuga/storage"],
  serverExternalPackages: [
    "pg",
    "pino",
    "prom-client",
    "@aws-sdk/client-s3",
    "@aws-sdk/s3-request-presigner",
  ],
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "same-origin" },
        { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
      ],
    },
  ],
};

const withMessages = createNextIntlPlugin("./i18n/request.ts");
const COMPILING: readonly string[] = [PHASE_PRODUCTION_BUILD, PHASE_DEVELOPMENT_SERVER];

export default async function nextConfig(phase: string): Promise<NextConfig> {
  if (COMPILING.includes(phase)) {
    const { buildHls } = await import("./hls/build.mjs");
    await buildHls();
  }
  return withMessages(config);
}
