/** Links, downloads and kept ranges of a camera, asked of the server while somebody looks at them, and ended there. */
import type { TimeRange } from "@rokuga/media/api.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getExports, getLocks, getShares, removeLock, revokeShare } from "../client/api.ts";
import { answered } from "../client/request_error.ts";
import { DAY_MS } from "../client/zone.ts";
import { useSession } from "./session_context.tsx";

/** As far as the server lists at once: two years. */
const REACH_MS = 730 * DAY_MS;

export function useOutputs(cameraId: string) {
  const { session } = useSession();
  const queries = useQueryClient();
  const range = (): TimeRange => {
    const nowMs = session.clock.nowMs();
    return { startMs: Math.max(0, nowMs - REACH_MS), endMs: nowMs };
  };
  const key = (what: string) => ["outputs", cameraId, what];
  const shares = useQuery({
    queryKey: key("shares"),
    queryFn: async ({ signal }) => answered(await getShares(cameraId, signal)).shares,
  });
  const exports = useQuery({
    queryKey: key("exports"),
    queryFn: async ({ signal }) => answered(await getExports({ cameraId, range: range() }, signal)).exports,
  });
  const locks = useQuery({
    queryKey: key("locks"),
    // The latest first, as the others.
    queryFn: async ({ signal }) =>
      answered(await getLocks({ cameraId, range: range() }, signal)).locks.toReversed(),
  });
  // What was refused may have changed meanwhile: the lists say how it is.
  const onSettled = () => queries.invalidateQueries({ queryKey: ["outputs", cameraId] });
  const revoke = useMutation({
    mutationFn: async (shareId: string) => answered(await revokeShare({ cameraId, shareId }, session.signal)),
    onSettled,
  });
  const unlock = useMutation({
    mutationFn: async (lockId: string) => answered(await removeLock({ cameraId, lockId }, session.signal)),
    onSettled,
  });
  return {
    shares: shares.data,
    exports: exports.data,
    locks: locks.data,
    error: revoke.error ?? unlock.error ?? shares.error ?? exports.error ?? locks.error,
    revoke: revoke.mutate,
    unlock: unlock.mutate,
  };
}
