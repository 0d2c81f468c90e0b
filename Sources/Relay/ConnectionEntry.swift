// What the registry keeps of one connection.
import Signaling

/// A connection with what was asked on it. It is looked up anew after every `await`: nobody holds on to it.
final class ConnectionEntry {
  let connection: any SignalingConnection
  /// What was asked on it about no session of its own.
  var memory: AnswerMemory
  /// Its sessions, first opened first.
  var sessions: [SessionID] = []
  /// The origin of its page; nil where there is none.
  var origin: String?
  /// Where it comes from: a network, as whoever accepted it counts them.
  var address = "unknown"
  var access = ConnectionAccess.unguarded
  /// The task that waits for the next end of its access.
  var accessAlarm: Task<Void, Never>?
  /// How many wrong secrets it has shown.
  var wrongSecrets = 0

  init(connection: any SignalingConnection, memory: AnswerMemory) {
    self.connection = connection
    self.memory = memory
  }
}
