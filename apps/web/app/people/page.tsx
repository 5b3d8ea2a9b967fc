/** Oneself, and for owners everybody else. */
import { People } from "../../components/people.tsx";

export default function Page() {
  return <People />;
}
