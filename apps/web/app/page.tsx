/** The one page. What it shows is decided in the browser by the address and the API. */
import { App } from "../components/app.tsx";

export default function Page() {
  return <App />;
}
