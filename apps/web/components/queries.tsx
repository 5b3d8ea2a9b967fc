"use client";
/** Keeps what the API answered while it is shown (TanStack Query), for the lists and dialogs around the player. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

/** What is asked again when the viewer comes back to the page is never older than this, ms. */
const FRESH_MS = 5_000;

export function Queries({ children }: { children: ReactNode }) {
  // The requests themselves have time-outs and say why they failed (client/http.ts); a person asks again.
  // A server in the same building is there without the internet: what the browser thinks of that does not count.
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { staleTime: FRESH_MS, retry: false, networkMode: "always" },
          mutations: { networkMode: "always" },
        },
      }),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
