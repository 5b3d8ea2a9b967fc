/** Where a link for a new password leads. */
import { Reset } from "../../components/reset.tsx";

export default function Page() {
  return <Reset />;
}
