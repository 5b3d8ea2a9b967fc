/**
 * How Next builds and serves the page: workspace packages are TypeScript sources and are compiled with it, what
 * needs Node's own `require` stays outside the bundle, and every answer carries the security headers below. What a page
 * may load is another one for each request: server/content_security.ts.
 */
import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Next would otherwise write instruction files into the tree when it finds certain programs.
  agentRules: false,
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

export default createNextIntlPlugin("./i18n/request.ts")(config);
