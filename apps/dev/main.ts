/** `pnpm dev`: everything of Rokuga on one machine. */
import { run } from "./program.ts";

process.exit(await run());
