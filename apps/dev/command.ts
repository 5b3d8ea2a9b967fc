/** `pnpm db:migrate`, `pnpm verify` and the others: see commands.ts. */
import { runCommand } from "./commands.ts";

process.exit(await runCommand(process.argv.slice(2)));
