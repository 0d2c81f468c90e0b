// Writes a speak in one line.
import SessionValues
import Signaling
import StrictJSON

extension Call {
  /// `session.speak` with the vendor's own options beside the words, as on the wire.
  public static func speak(session: SessionID, _ content: Script.Content, options: JSONObject) -> Call {
    .speak(session: session, Script(content, options: options))
  }
}
