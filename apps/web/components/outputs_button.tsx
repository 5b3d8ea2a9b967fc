"use client";
/** In the header: opens the list of what left the system, and of what is kept. */
import dynamic from "next/dynamic";
import { useState } from "react";
import { IconButton } from "./icons.tsx";
import { useMay, useSession } from "./session_context.tsx";

const OutputsDialog = dynamic(() => import("./outputs_dialog.tsx").then((module) => module.OutputsDialog));

export function OutputsButton() {
  const { t } = useSession().text;
  const mayExport = useMay("export");
  const [open, setOpen] = useState(false);
  if (!mayExport) return null;
  return (
    <>
      <IconButton icon="outputs" label={t("outputs.title")} onClick={() => setOpen(true)} />
      {open && <OutputsDialog onClose={() => setOpen(false)} />}
    </>
  );
}
