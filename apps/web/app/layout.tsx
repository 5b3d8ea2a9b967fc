/** The document around the page, in the language of its request (i18n/request.ts). */
import type { Metadata, Viewport } from "next";
import { NextIntlClientProvider } from "next-intl";
import { getLocale, getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
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

export default async function RootLayout({ children }: { children: ReactNode }) {
  const t = await getTranslations();
  return (
    <html lang={await getLocale()}>
      <body>
        <NextIntlClientProvider>{children}</NextIntlClientProvider>
        <noscript>{t("noScript")}</noscript>
      </body>
    </html>
  );
}
