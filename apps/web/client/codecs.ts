/**
 * Whether this browser can play what a camera records, asked before anything is loaded: an unsupported codec
 * would otherwise end in an error that says nothing. Knows only what Media Source Extensions answer.
 */

/** The part of `MediaSource` that is asked. */
export type TypeTest = { isTypeSupported(type: string): boolean };

/**
 * The codecs of `tracks` that the browser cannot play, or none. Segments are repackaged as MP4 before they reach
 * the decoder, so that is the container asked for. Without `source` (native HLS) nothing can be known.
 */
export function unsupportedCodecs(
  tracks: { video: { codec: string }; audio: { codec: string } | null } | null,
  source: TypeTest | undefined,
): string[] {
  if (!tracks || !source) return [];
  const wanted = [
    { codec: tracks.video.codec, type: `video/mp4; codecs="${tracks.video.codec}"` },
    ...(tracks.audio
      ? [{ codec: tracks.audio.codec, type: `audio/mp4; codecs="${tracks.audio.codec}"` }]
      : []),
  ];
  return wanted.filter(({ type }) => !source.isTypeSupported(type)).map(({ codec }) => codec);
}

/** The name that people know a codec by (RFC 6381 strings begin with the sample entry). */
export function codecName(codec: string): string {
  const entry = codec.split(".")[0] ?? codec;
  const names: Record<string, string> = {
    avc1: "H.264",
    avc3: "H.264",
    hvc1: "H.265 (HEVC)",
    hev1: "H.265 (HEVC)",
    av01: "AV1",
    mp4a: "AAC",
  };
  return names[entry] ?? codec;
}
