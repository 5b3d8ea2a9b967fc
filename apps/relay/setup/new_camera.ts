/** What the set-up page may ask for. Files are not among it: who can name one here could look into any. */
import { CameraId } from "@rokuga/media/ids.ts";
import { z } from "zod";
import { CameraConfig } from "../camera_config.ts";

/** An input as the camera file has it: an address, `synthetic`, or `{ rtsp }`, `{ webcam }`, `{ synthetic }`. */
const Input = CameraConfig.shape.input;
const isNoFile = (value: unknown) => !(typeof value === "object" && value !== null && "file" in value);

/** What is written into the file: as it was given, once it was checked. */
const AskedInput = z
  .json()
  .refine(isNoFile, "a file can only be named in the camera file itself")
  .refine(
    (value) => Input.safeParse(value).success,
    "must be an rtsp:// or rtsps:// address, 'synthetic', { webcam: … } or { rtsp: …, transport: tcp or udp }",
  );

export const LookRequest = z.strictObject({ input: AskedInput });

export const NewCamera = z.strictObject({
  id: CameraId,
  name: z.string().trim().min(1).max(200).optional(),
  input: AskedInput,
});
export type NewCamera = z.infer<typeof NewCamera>;

/** The input that a checked request is for. */
export const inputOf = (asked: unknown) => Input.parse(asked);
