/** Passwords of shares as scrypt hashes (RFC 7914), each with a salt and its costs: 32 MB and some 0.1 s a try. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

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

type Costs = { salt: Buffer; N: number; r: number; p: number };

/** The same characters may be typed as other code points on another keyboard: they are one password. */
function derive(password: string, { salt, ...costs }: Costs): Promise<Buffer> {
  const options: ScryptOptions = { ...costs, maxmem: 256 * costs.N * costs.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
