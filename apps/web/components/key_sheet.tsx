"use client";
/** The sheet that lists the keys. */
import { Dialog } from "./dialog.tsx";
import { KEY_LIST } from "./keys.ts";
import { useSession } from "./session_context.tsx";

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useSession().text;
  return (
    <Dialog title={t("keys")} onClose={onClose}>
      <div data-testid="key-sheet">
        <dl className="grid gap-1.5">
          {KEY_LIST.map(({ keys, does }) => (
            <div
              key={does}
              className="grid grid-cols-[10rem_minmax(0,1fr)] items-baseline gap-3 max-[30rem]:grid-cols-[8.5rem_minmax(0,1fr)] max-[30rem]:gap-2"
            >
              <dt className="flex gap-1.5">
                {keys.map((key) => (
                  <kbd
                    key={key}
                    className="min-w-6.5 whitespace-nowrap rounded-[4px] border border-line px-[0.4375rem] py-px text-center font-[inherit] text-control"
                  >
                    {key}
                  </kbd>
                ))}
              </dt>
              <dd>{t(`keyList.${does}`)}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-3.5 text-pretty text-control text-muted">{t("fastNote")}</p>
      </div>
    </Dialog>
  );
}
