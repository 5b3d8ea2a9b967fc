import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: ["./schema.ts", "./people_schema.ts"],
  out: "./migrations",
});
