/** Where a one-time link leads: becoming the first owner, or accepting an invitation. */
import { Join } from "../../components/join.tsx";

export default function Page() {
  return <Join />;
}
