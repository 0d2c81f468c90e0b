// What the registry keeps of one connection.
import Signaling

/// A connection with what was asked on it.
struct ConnectionEntry {
  let connection: any SignalingConnection
  var memory: AnswerMemory
  /// Its sessions, first opened first.
  var sessions: [SessionID] = []
}
