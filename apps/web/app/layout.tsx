/** The document around the page. The language is set in the browser, which alone knows the viewer's. */
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { en } from "../client/words_en.ts";
import { ja } from "../client/words_ja.ts";
import "./globals.css";

/** Made for each request: its scripts carry the request's nonce (server/content_security.ts). */
export const dynamic = "force-dynamic";

export const metadata: Metadata = {
  title: "Rokuga",
  description: "Watch any moment of your cameras, or right now",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  colorScheme: "dark light",
  themeColor: [
    { media: "(prefers-color-scheme: dark)", color: "#14171a" },
    { media: "(prefers-color-scheme: light)", color: "#f6f7f8" },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {children}
        <noscript>
          {en.noScript} <span lang="ja">{ja.noScript}</span>
        </noscript>
      </body>
    </html>
  );
}
