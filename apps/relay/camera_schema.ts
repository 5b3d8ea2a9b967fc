/**
 * The JSON schema of the camera file, for editors that complete and check YAML. Generated from the zod schema;
 * `node apps/relay/camera_schema.ts` writes it to docs/cameras.schema.json, and a test says when that is due.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { SiteConfig } from "./camera_config.ts";

export const SCHEMA_FILE = fileURLToPath(new URL("../../docs/cameras.schema.json", import.meta.url));

/** The schema as the text of the file. */
export function cameraSchemaText(): string {
  const schema = z.toJSONSchema(SiteConfig, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ ...schema, title: "Rokuga: the cameras of a site" }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, cameraSchemaText());
