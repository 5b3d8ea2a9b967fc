"use client";
/** Hands the session and the viewer's text down the tree, and reads stores into components. */
import type { Permission } from "@rokuga/media/access.ts";
import { createContext, useContext, useSyncExternalStore } from "react";
import { mayDo } from "../client/permitted.ts";
import type { Session } from "../client/session.ts";
import type { Store } from "../client/store.ts";
import type { Text } from "../client/text.ts";

const SessionContext = createContext<{ session: Session; text: Text } | null>(null);

export const SessionProvider = SessionContext.Provider;

/** The session and the text of the page. Only for components under the provider. */
export function useSession(): { session: Session; text: Text } {
  const value = useContext(SessionContext);
  if (!value) throw new Error("useSession: this component is not inside a SessionProvider");
  return value;
}

/**
 * A part of a store's state. The component renders again only when that part changes, so `select` must return
 * a primitive or something that the state itself holds.
 */
export function useStore<T, S>(store: Store<T>, select: (state: T) => S): S {
  const read = () => select(store.getState());
  return useSyncExternalStore(store.subscribe, read, read);
}

/** Whether who is signed in may do that with the camera that is shown. */
export function useMay(permission: Permission): boolean {
  const { session } = useSession();
  const camera = useCamera();
  const grants = useStore(session.me, (state) => state.grants);
  return mayDo(permission, { grants, camera });
}

/** The camera that is shown, as the server last told of it. */
export function useCamera() {
  const { session } = useSession();
  const cameraId = useStore(session.player, (state) => state.cameraId);
  return useStore(
    session.cameras,
    ({ cameras }) => cameras?.find((camera) => camera.id === cameraId) ?? null,
  );
}
