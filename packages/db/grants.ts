/**
 * What the role of the application may do: all that worker and web do, and with the event log only add to it and
 * read it. The owner of the tables gives it, after each migration.
 */
import type pg from "pg";
import { PEOPLE_TABLES } from "./people_schema.ts";
import { PROJECTIONS } from "./projections.ts";

/** What changes beside the log: what follows from it, how far followers have come, what opens shares, and people. */
const CHANGING = [
  ...PROJECTIONS,
  "cursors",
  "share_secrets",
  ...PEOPLE_TABLES.map((table) => `people.${table}`),
];

/** What changes an event. */
const FORBIDDEN = "UPDATE, DELETE, TRUNCATE";

/**
 * Gives `role` what it needs, and takes from it what it must not have. `client`: of the role that owns the tables.
 * Resolves with whether the role could change the log all the same (a superuser, a member of the owner).
 */
export async function grantToApp(client: pg.Client, role: string): Promise<{ canChangeLog: boolean }> {
  const to = `TO ${client.escapeIdentifier(role)}`;
  const { rows } = await client.query<{ schema: string; sequence: string; routines: string[] }>(
    `SELECT quote_ident(current_schema()) AS schema, pg_get_serial_sequence('events', 'position') AS sequence,
       (SELECT array_agg(oid::regprocedure::text) FROM pg_proc
        WHERE pronamespace = quote_ident(current_schema())::regnamespace
          AND pg_get_userbyid(proowner) = current_user) AS routines`,
  );
  const { schema, sequence, routines } = rows[0]!;
  await client.query(
    [
      "BEGIN",
      `GRANT USAGE ON SCHEMA ${schema}, drizzle, people ${to}`,
      `REVOKE ALL ON events FROM ${client.escapeIdentifier(role)}`,
      `GRANT SELECT, INSERT ON events ${to}`,
      `GRANT USAGE ON SEQUENCE ${sequence} ${to}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${CHANGING.join(", ")} ${to}`,
      `GRANT SELECT ON projection_state, drizzle.__drizzle_migrations ${to}`,
      `GRANT EXECUTE ON ROUTINE ${routines.join(", ")} ${to}`,
      "COMMIT",
    ].join(";\n"),
  );
  const { rows: privileges } = await client.query<{ can: boolean }>(
    "SELECT has_table_privilege($1::name, 'events', $2) AS can",
    [role, FORBIDDEN],
  );
  return { canChangeLog: privileges[0]!.can };
}
