/** How footage leaves the system. Apart from the events, which a page need not load. */
import { z } from "zod";

/** In which form footage leaves the system. */
export const ExportFormat = z.enum(["mp4"]);
export type ExportFormat = z.infer<typeof ExportFormat>;
