/** Secrets that are told once and kept as their hash only: tokens of scripts, one-time links, links to footage. */
import { createHash, randomBytes } from "node:crypto";

/** 256 random bits behind what says whose it is, so that it is recognised where it was left lying about. */
export function newSecret(kind: "token" | "link"): string {
  return `rokuga_${kind}_${randomBytes(32).toString("base64url")}`;
}

/** What is kept of a secret. It is long and random, so that one round of a quick hash is enough. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
