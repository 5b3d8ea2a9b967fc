/**
 * Secrets that this installation makes up for itself: passwords of the embedded servers, the key that signs media
 * URLs. Each is a file of mode 0600 in the state directory, made once and kept. They are never printed.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CannotStart } from "./cannot_start.ts";
import { makePrivate, readIfPresent, writeFileAtomically } from "./state_directory.ts";

/** The secret of that name, made now if there is none: 256 random bits in 43 characters of base64url. */
export function secretOf(home: string, name: string): string {
  const path = join(home, "secrets", name);
  const present = readIfPresent(path)?.trim();
  if (present === undefined) {
    const secret = randomBytes(32).toString("base64url");
    writeFileAtomically(path, `${secret}\n`);
    return secret;
  }
  if (!/^[A-Za-z0-9_-]{20,}$/.test(present)) {
    throw new CannotStart(`The secret in ${path} is damaged. Restore that file from a backup.`);
  }
  makePrivate(path);
  return present;
}

/** Whether a secret of that name was made before. */
export function hasSecret(home: string, name: string): boolean {
  return readIfPresent(join(home, "secrets", name)) !== undefined;
}
