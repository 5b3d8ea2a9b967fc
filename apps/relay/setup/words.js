/** The words of the set-up page; `page` is for elements by their `data-word`. */

/** FFmpeg's names of what cameras mostly send; others are encoded anew, and theirs say enough. */
const NAMES = { h264: "H.264", hevc: "H.265", mjpeg: "Motion JPEG" };
const video = (codecs) => NAMES[codecs.video] ?? codecs.video;

export const en = {
  /** In the document already. */
  page: {},
  devices: (count) =>
    count === 0
      ? "No webcam was found here. On macOS it is a number, on Windows a name."
      : `${count} found on this machine.`,
  look: "Show its picture",
  looking: "Connecting…",
  seen: ({ codecs, size, fps }) =>
    [size, fps && `${fps} pictures a second`, video(codecs), codecs.audio ? "with sound" : "no sound"]
      .filter(Boolean)
      .join(" · "),
  h265: "It sends H.265, which Chrome and Firefox mostly cannot play: set the camera to H.264 if you can.",
  failed: (reason) => `No picture: ${reason}.`,
  noAddress: "Type the camera's address first: it begins with rtsp:// or rtsps://.",
  unreachable: "The relay does not answer. Is Rokuga running?",
  added: (name) => `${name} is added. It is recorded from now on.`,
  none: "None yet.",
  noKey: "This page was opened without its key: open the link that Rokuga gives.",
  states: {
    starting: "starting",
    recording: "recording",
    pausing: "waits before the next try",
    stopped: "stopped",
  },
};

export const ja = {
  page: {
    title: "カメラを追加",
    intro: "このページは、この端末で動いている中継プログラムのものです。入力した内容は端末の外に出ません。",
    kind: "カメラの種類",
    rtsp: "ネットワークカメラ",
    webcam: "USBカメラ",
    synthetic: "テスト映像",
    address: "アドレス",
    addressHint: "カメラの説明書またはアプリの「RTSP」の項目に書かれています。",
    usual: "主なメーカーのアドレスの例",
    user: "ユーザー名",
    password: "パスワード",
    device: "デバイス",
    name: "名前",
    id: "ID",
    idHint: "録画はこのID（a–z、0–9、-）で保存されます。後から変更できません。",
    add: "このカメラを録画する",
    cameras: "この拠点のカメラ",
  },
  devices: (count) =>
    count === 0
      ? "USBカメラが見つかりません。macOSでは番号、Windowsでは名前を入力してください。"
      : `この端末で${count}台見つかりました。`,
  look: "映像を確認",
  looking: "接続しています…",
  seen: ({ codecs, size, fps }) =>
    [size, fps && `毎秒${fps}コマ`, video(codecs), codecs.audio ? "音声あり" : "音声なし"]
      .filter(Boolean)
      .join("・"),
  h265: "H.265で送信されています。ChromeとFirefoxではほとんど再生できないため、できればカメラをH.264に設定してください。",
  failed: (reason) => `映像を取得できません：${reason}`,
  noAddress: "先にカメラのアドレス（rtsp:// または rtsps:// で始まるもの）を入力してください。",
  unreachable: "中継プログラムが応答しません。Rokugaが動いているか確認してください。",
  added: (name) => `${name}を追加しました。録画を始めます。`,
  none: "まだありません。",
  noKey: "鍵のないアドレスで開かれています。Rokugaが表示するリンクから開いてください。",
  states: { starting: "開始中", recording: "録画中", pausing: "再試行待ち", stopped: "停止" },
};
