/** Passwords of shares as scrypt hashes (RFC 7914), each with a salt and its costs: 32 MB and some 0.1 s a try. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { Slots } from "./clip_slots.ts";
import { ProblemError } from "./problem.ts";

/** Costs of new hashes; OWASP names N = 2^15, r = 8, p = 3 as one of several alike. */
const COSTS = { N: 2 ** 15, r: 8, p: 3 };
const BYTES = 32;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, { salt, ...COSTS });
  const { N, r, p } = COSTS;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** Whether a hash of {@link hashPassword} is of this password. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [kind, N, r, p, salt = "", key = ""] = hash.split("$");
  if (kind !== "scrypt")
    throw new Error(`A share's password is hashed in a way that is not known: '${kind}'`);
  const costs = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, { salt: Buffer.from(salt, "base64url"), ...costs });
  return timingSafeEqual(derived, Buffer.from(key, "base64url"));
}

/** One at a time: Node has few threads, and what looks up names and reads files needs them as well. */
const turns = new Slots({ most: 1, mostWaiting: 50 });
/** How long one waits for its turn at most, ms. */
const TURN_MS = 20_000;

type Costs = { salt: Buffer; N: number; r: number; p: number };

/** The same characters may be typed as other code points on another keyboard: they are one password. */
async function derive(password: string, { salt, ...costs }: Costs): Promise<Buffer> {
  using _turn = await turns.take(AbortSignal.timeout(TURN_MS)).catch(() => {
    throw new ProblemError(503, "Busy", {
      detail: "Many passwords are being checked right now. Try again in a moment.",
    });
  });
  const options: ScryptOptions = { ...costs, maxmem: 256 * costs.N * costs.r };
  return await new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
