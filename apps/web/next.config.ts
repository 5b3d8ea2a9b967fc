/**
 * How Next builds and serves the page: workspace packages are TypeScript sources and are compiled with it, what
 * needs Node's own `require` stays outside the bundle, and every answer carries the security headers below.
 * Known limit: Next's own inline scripts need `'unsafe-inline'` for scripts, because the page is static and so
 * cannot carry a nonce for each request.
 */
import type { NextConfig } from "next";

const development = process.env.NODE_ENV === "development";

/**
 * hls.js plays from `blob:` URLs and runs its worker from our own origin; media comes from our own routes or
 * directly from an object store over HTTPS.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  // The development server evaluates code to replace modules while they run.
  `script-src 'self' 'unsafe-inline'${development ? " 'unsafe-eval'" : ""}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob: https:",
  `connect-src 'self' blob: https:${development ? " ws:" : ""}`,
  "worker-src 'self' blob:",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

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
        { key: "Content-Security-Policy", value: CONTENT_SECURITY_POLICY },
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "same-origin" },
        { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
      ],
    },
  ],
};

export default config;
