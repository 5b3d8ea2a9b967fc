/** The page of a share, for whoever has its link. What it shows is decided in the browser, which alone knows the secret. */
import { SharedPage } from "../../../components/shared_page.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <SharedPage id={id} />;
}
