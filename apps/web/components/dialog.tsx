"use client";
/**
 * A dialog over the page: its title, what is in it, and the ways out of it. It is open as long as it is mounted.
 * Radix keeps the focus and the scrolling in it, and hides the rest of the page from screen readers meanwhile.
 */
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { IconButton } from "./icons.tsx";
import { useSession } from "./session_context.tsx";

type DialogProps = { title: string; onClose: () => void; wide?: boolean; children: ReactNode };

export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const { t } = useSession().text;
  const opener = useRef<Element | null>(null);
  // Of a page in full screen nothing else is seen than what is inside of that element.
  const [container] = useState(() => document.fullscreenElement as HTMLElement | null);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal container={container}>
        <Radix.Overlay className="fixed inset-0 z-10 bg-[#0007]" />
        <Radix.Content
          className="fixed inset-0 z-10 m-auto h-fit max-h-[min(44rem,100dvh-1.5rem)] w-[min(28rem,100vw-1.5rem)] overflow-auto rounded-[calc(var(--radius)*1.5)] border border-line bg-raised text-text outline-none data-[wide=true]:w-[min(44rem,100vw-1.5rem)]"
          data-wide={wide}
          // What is in a dialog says itself what it is for.
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            // Radix would give it to a trigger of its own, and there is none.
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
        >
          <div className="grid gap-3.5 px-5 pt-3 pb-5 max-md:px-4">
            <div className="-me-2 flex items-center justify-between">
              <Radix.Title className="text-[1rem] font-bold">{title}</Radix.Title>
              <IconButton icon="close" label={t("outputs.close")} onClick={onClose} />
            </div>
            {children}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
