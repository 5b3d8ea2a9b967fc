/** The page to sign in on. */
import { SignIn } from "../../components/sign_in.tsx";

export default function Page() {
  return <SignIn />;
}
