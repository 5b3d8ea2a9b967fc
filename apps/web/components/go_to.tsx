"use client";
/** The day that the timeline shows; pressed, it asks where to go (go_to_dialog.tsx). */
import { useState } from "react";
import { browserZone } from "../client/zone.ts";
import { Icon } from "./icons.tsx";
import { onDemand } from "./on_demand.tsx";
import { useSession } from "./session_context.tsx";

const GoToDialog = onDemand(() => import("./go_to_dialog.tsx").then((part) => part.GoToDialog));

export function GoTo({ label }: { label: string }) {
  const { t, formats } = useSession().text;
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="flex min-h-8 cursor-pointer items-center gap-1.5 rounded-control px-2 py-0.5 text-start font-semibold text-body hover:bg-hover"
        title={t("goTo")}
        onClick={() => setOpen(true)}
      >
        <Icon name="calendar" />
        <span>{label}</span>
        {formats.zone !== browserZone() && <span className="font-normal text-muted">{formats.zone}</span>}
      </button>
      {open && <GoToDialog onClose={() => setOpen(false)} />}
    </>
  );
}
