/**
 * The manifest: the page can be installed and then opens in a window of its own. Names are the product's; what an
 * installed page shows needs the network, so there is no service worker that would pretend otherwise.
 */
import type { MetadataRoute } from "next";

export default function manifest(): MetadataRoute.Manifest {
  return {
    id: "/",
    name: "Rokuga",
    short_name: "Rokuga",
    description: "Watch any moment of your cameras, or right now",
    start_url: "/",
    display: "standalone",
    background_color: "#0f1113",
    theme_color: "#14171a",
    categories: ["security", "utilities"],
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
      // Its ground fills the square: some launchers cut a circle out of it.
      { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  };
}
