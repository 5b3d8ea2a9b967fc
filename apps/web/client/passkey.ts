/** Signing in with a passkey and adding one, by the browser's own dialogues. Its library is loaded when it is needed. */
import { z } from "zod";
import { send } from "./send.ts";

/** Why it did not come to it; a `detail` is the server's sentence. */
export type PasskeyResult =
  | { ok: true }
  | { ok: false; reason: "cancelled" | "failed"; detail: string | null };

const BASE = "/api/auth/passkey";
/** What the browser is asked is for the browser and its library to check. */
const Options = z.record(z.string(), z.unknown());

/** Whether there can be passkeys here: browsers have none for addresses that are numbers. */
export function arePasskeysPossible(): boolean {
  const isNumber = /^[\d.]+$|^\[/.test(window.location.hostname);
  return window.isSecureContext && "PublicKeyCredential" in window && !isNumber;
}

export const signInByPasskey = () =>
  ceremony("generate-authenticate-options", "verify-authentication", async (optionsJSON) => {
    const { startAuthentication } = await import("@simplewebauthn/browser");
    return { response: await startAuthentication({ optionsJSON }) };
  });

/** `name`: by which its owner will know it. */
export const addPasskey = (name: string) =>
  ceremony("generate-register-options", "verify-registration", async (optionsJSON) => {
    const { startRegistration } = await import("@simplewebauthn/browser");
    return { name, response: await startRegistration({ optionsJSON }) };
  });

async function ceremony(
  asks: string,
  verifies: string,
  // biome-ignore lint/suspicious/noExplicitAny: the library's types are of what the server says, which it checks itself
  ask: (options: any) => Promise<unknown>,
): Promise<PasskeyResult> {
  const options = await send(`${BASE}/${asks}`, { method: "GET", schema: Options });
  if (!options.ok) return failed(options.failure);
  let body: unknown;
  try {
    body = await ask(options.value);
  } catch {
    // The browser tells no more than that it did not come to it.
    return { ok: false, reason: "cancelled", detail: null };
  }
  const verified = await send(`${BASE}/${verifies}`, { method: "POST", body });
  return verified.ok ? { ok: true } : failed(verified.failure);
}

const failed = (failure: object): PasskeyResult => ({
  ok: false,
  reason: "failed",
  detail: "detail" in failure && typeof failure.detail === "string" ? failure.detail : null,
});
