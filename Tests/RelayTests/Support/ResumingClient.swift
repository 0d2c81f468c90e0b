// Plays a client that follows docs/protocol.md over lost connections, and notes what must not be.
import Relay
import Signaling

/// Keeps what a client keeps: one counter of ids, its sessions with secrets and numbers, and the requests without
/// answer.
struct ResumingClient {
  struct Session {
    var secret: ResumeSecret
    var lastSeq: Int64 = 0
    var isOver = false
    /// The connection on which it may be asked: the client was told there that it has it.
    var connection: ConnectionID?
  }
  struct Request {
    let call: Call
    var isAnswered = false
  }

  private(set) var connection: MadeUpConnection?
  private(set) var sessions: [SessionID: Session] = [:]
  private(set) var requests: [RequestID: Request] = [:]
  private(set) var answers: [RequestID: ServerMessage] = [:]
  private(set) var mistakes: [String] = []
  private(set) var resyncs = 0
  private(set) var resumes = 0
  private var resuming: [RequestID: SessionID] = [:]
  private var lastID: Int64
  private var readCount = 0

  /// - Parameter firstID: where its ids begin; clients differ only to be told apart in a journal.
  init(firstID: Int64) { lastID = firstID - 1 }

  /// The sessions that it can ask something of now.
  var usable: [SessionID] {
    guard let id = connection?.id else { return [] }
    return sessions.filter { $0.value.connection == id && !$0.value.isOver }.map(\.key).sorted {
      $0.rawValue < $1.rawValue
    }
  }

  /// The requests about a session that were not answered, lowest id first.
  func unanswered(of session: SessionID) -> [RequestID] {
    requests.filter { !$0.value.isAnswered && $0.value.call.session == session }.map(\.key).sorted()
  }

  /// A new connection: all sessions have to be resumed on it that are not over, or whose answers are missing.
  mutating func connected(_ connection: MadeUpConnection) -> [(RequestID, Call)] {
    self.connection = connection
    readCount = 0
    resuming = [:]
    let wanted = sessions.filter { !$0.value.isOver || !unanswered(of: $0.key).isEmpty }
    return wanted.sorted { $0.key.rawValue < $1.key.rawValue }.map { id, session in
      let request = nextID()
      resuming[request] = id
      resumes += 1
      return (request, .resume(session: id, secret: session.secret, lastSeq: session.lastSeq))
    }
  }

  /// The connection is gone, and with it whatever was not read.
  mutating func disconnected() { connection = nil }

  /// Makes a request, which is answered some day.
  mutating func make(_ call: Call) -> RequestID {
    let id = nextID()
    requests[id] = Request(call: call)
    return id
  }

  private mutating func nextID() -> RequestID {
    lastID += 1
    return RequestID(lastID)
  }

  /// Reads the next messages.
  /// - Returns: what has to be sent again because a session was resumed.
  mutating func read(_ count: Int) -> [(RequestID, Call)] {
    guard let connection else { return [] }
    var again: [(RequestID, Call)] = []
    for message in connection.messages.dropFirst(readCount).prefix(count) {
      readCount += 1
      switch message {
      case .notification(.session(let session, let seq, let event)): heard(session, seq, event)
      case .notification: break
      case .result(let id, _, _), .error(let id?, _): again += answered(id, message, on: connection.id)
      case .error(nil, _): mistakes.append("an answer without id")
      }
    }
    return again
  }

  var hasUnread: Bool { connection.map { $0.messages.count > readCount } ?? false }

  private mutating func heard(_ session: SessionID, _ seq: Int64, _ event: SessionEvent) {
    guard let known = sessions[session] else { return mistakes.append("told of \(session), which it does not know") }
    if known.isOver { mistakes.append("\(session) was told of after its end") }
    if seq != known.lastSeq + 1 { mistakes.append("\(session) jumped from \(known.lastSeq) to \(seq)") }
    sessions[session]?.lastSeq = seq
    if case .closed = event { sessions[session]?.isOver = true }
  }

  private mutating func answered(
    _ id: RequestID, _ message: ServerMessage, on connection: ConnectionID
  ) -> [(RequestID, Call)] {
    if let session = resuming.removeValue(forKey: id) {
      answers[id] = message
      return resumed(session, message, on: connection)
    }
    // A resume that was sent twice.
    if requests[id] == nil, answers[id] == message { return [] }
    guard requests[id] != nil else {
      mistakes.append("an answer to \(id), which was never asked")
      return []
    }
    if let first = answers[id], first != message { mistakes.append("\(id) was answered in two ways") }
    answers[id] = message
    requests[id]?.isAnswered = true
    if case .result(_, .opened(let opened), _) = message {
      sessions[opened.session] = Session(secret: opened.secret, connection: connection)
    }
    return []
  }

  private mutating func resumed(
    _ session: SessionID, _ message: ServerMessage, on connection: ConnectionID
  ) -> [(RequestID, Call)] {
    switch message {
    case .result(_, .resumed(let resumed), _):
      sessions[session]?.secret = resumed.secret
      sessions[session]?.connection = connection
      if case .resync(let snapshot) = resumed.continuation {
        resyncs += 1
        if snapshot.seq < sessions[session]?.lastSeq ?? 0 { mistakes.append("\(session) was set back") }
        sessions[session]?.lastSeq = snapshot.seq
      }
    case .error(_, let error) where error.kind == .sessionClosed:
      if error.end == nil { mistakes.append("\(session) is over and nobody says why") }
      sessions[session]?.isOver = true
    default:
      mistakes.append("\(session) was not resumed: \(message)")
      sessions[session]?.isOver = true
    }
    return unanswered(of: session).compactMap { id in requests[id].map { (id, $0.call) } }
  }
}
