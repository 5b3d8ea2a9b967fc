/** Where to go after signing in: back to where one was, on this site only. */

/** The address that a sign-in page was given to go back to; the first page for one that leads elsewhere. */
export function nextAddress(search: string, origin: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  // As the browser will read it: `//example.com` and `/\example.com` are other sites.
  const url = URL.parse(next, origin);
  return next.startsWith("/") && url?.origin === origin ? url.pathname + url.search + url.hash : "/";
}

/** The address of the sign-in page that leads back to where one is. */
export const signInAddress = ({ pathname, search }: Pick<Location, "pathname" | "search">): string =>
  `/sign-in?next=${encodeURIComponent(pathname + search)}`;
