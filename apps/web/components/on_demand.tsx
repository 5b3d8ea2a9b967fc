"use client";
/** Dialogs whose scripts are loaded when they are first opened, and what is said where those cannot be loaded. */
import { type ComponentType, createElement, lazy, Suspense } from "react";
import { IconButton } from "./icons.tsx";
import { useSession } from "./session_context.tsx";

type Closable = { onClose: () => void };

/** Until it is loaded nothing is shown, and the focus stays where it is. */
export function onDemand<P extends Closable>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  // A page that is open for weeks may ask for scripts of a version that the server has no more.
  const Part = lazy(async () => ({ default: await load().catch((): ComponentType<P> => NotLoaded) }));
  return (props: P) => <Suspense>{createElement(Part as ComponentType<P>, props)}</Suspense>;
}

function NotLoaded({ onClose }: Closable) {
  const { t } = useSession().text;
  return (
    <div
      role="alert"
      className="fixed inset-x-3 bottom-3 z-10 mx-auto flex max-w-md items-center gap-2 rounded-control border border-line bg-raised px-3 py-1"
    >
      <span className="flex-1 text-live-text">{t("failures.part")}</span>
      <IconButton icon="close" label={t("outputs.close")} onClick={onClose} />
    </div>
  );
}
