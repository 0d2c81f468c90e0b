// Plays a browser, and finds out by itself whether what it is told can be true.
import Relay
import Signaling
import StrictJSON

/// Keeps what a client keeps: one counter of ids, its sessions with secrets and numbers, and what it asked.
struct SimulatedClient {
  struct Session {
    let id: String
    let provider: String
    var secret: String
    var lastSeq: Int64 = 0
    var isOver = false
    /// The connection on which it may be asked: the client was told there that it has it.
    var wire: ConnectionID?
    /// The life of the relay that spoke of it last.
    var life: Int
    var hasAnswered = false
    /// What the relay may not have known when it said that there is no such session.
    var isDisowned = false
    /// Where it was told that it is over; nil while it was not.
    var toldOverOn: ConnectionID?
    /// It was told that another relay has it: it is not over there, and may come back.
    var wasTakenOver = false
    /// The talk whose text it is writing.
    var writing: Writing?
  }
  struct Writing {
    /// The request that began it.
    let opening: Int64
    /// The number of its next part.
    var next: Int64 = 1
    /// What its latest part says.
    var latest = ""
  }
  /// Where a part belongs.
  struct Part {
    let opening: Int64
    let index: Int64
    /// It has the number and the words of one before it: nothing of it is to be said.
    var isAgain = false
  }
  struct Request {
    let id: Int64
    let session: String?
    let method: String
    let text: [UInt8]
    /// What is to be said, or the candidate.
    let content: String?
    var part: Part?
    var answer: JSONValue?
    /// How many calls relays had sent to providers when it read the answer.
    var sentWhenAnswered: Int?
    /// In which lives of the relay it was sent.
    var lives: Set<Int> = []
    var wires: Set<ConnectionID> = []
    /// Nobody will ever answer it: its connection or its session was lost.
    var isGivenUp = false
  }

  private(set) var wire: Wire?
  private(set) var sessions: [String: Session] = [:]
  private(set) var requests: [Int64: Request] = [:]
  private(set) var mistakes: [String] = []
  /// Sessions whose secret another life of the relay did not know; only a ledger that failed excuses that.
  private(set) var lockedOut: [String] = []
  private(set) var resumes = 0
  private(set) var resyncs = 0
  /// How many talks it was told are cut off.
  private(set) var cuts = 0
  private var resuming: [Int64: String] = [:]
  private var lastID: Int64

  /// - Parameter firstID: where its ids begin; clients differ only to be told apart in a trace.
  init(firstID: Int64) { lastID = firstID - 1 }

  /// Its sessions that are not over, as far as it knows.
  var living: [Session] { sessions.values.filter { !$0.isOver }.sorted { $0.id < $1.id } }
  var opensUnderWay: Int { requests.values.count { $0.method == "session.open" && $0.answer == nil && !$0.isGivenUp } }
  /// Requests that were sent on this connection or that wait for one, lowest id first.
  var unanswered: [Request] {
    requests.values.filter { $0.answer == nil && !$0.isGivenUp }.sorted { $0.id < $1.id }
  }

  /// Whether a request may wait as long as its session lives: candidates do until an answer was accepted.
  func mayWait(_ request: Request) -> Bool {
    guard request.method == "session.candidate", let session = request.session, sessions[session]?.isOver == false
    else { return false }
    return !requests.values.contains {
      $0.session == session && $0.method == "session.answer" && ($0.answer == nil || $0.answer?["result"] != nil)
    }
  }

  // MARK: Asking

  /// Asks something; what is about a session that the connection does not have waits until it has.
  @discardableResult
  mutating func ask(
    _ method: String, _ params: JSONObject = [:], about session: String? = nil, content: String? = nil,
    part: Part? = nil
  ) -> Int64 {
    var params = params
    if let session { params["session"] = .string(session) }
    let id = nextID()
    let text = Self.text(id, method, params)
    requests[id] = Request(id: id, session: session, method: method, text: text, content: content, part: part)
    if method == "session.answer", let session { sessions[session]?.hasAnswered = true }
    if session.map({ sessions[$0]?.wire == wire?.id }) ?? true { send(id) }
    return id
  }

  /// Begins a talk whose text is still being written.
  mutating func beginWriting(_ words: String, in session: String) {
    let opening = ask("session.speak", ["open": true, "text": .string(words + " ")], about: session, content: words)
    sessions[session]?.writing = Writing(opening: opening)
  }

  /// Goes on with it, in order, with a part left out, or with the latest part again.
  mutating func write(_ words: String, in session: String, skipping: Int64 = 0, isAgain: Bool = false) {
    guard let writing = sessions[session]?.writing, let talk = talk(of: writing) else { return }
    let index = isAgain ? writing.next - 1 : writing.next + skipping
    let text = isAgain ? writing.latest : words
    guard index > 0 else { return }
    ask(
      "session.speakPart", ["talk": .string(talk), "index": .integer(index), "text": .string(text + " ")],
      about: session, content: text, part: Part(opening: writing.opening, index: index, isAgain: isAgain))
    guard !isAgain, skipping == 0 else { return }
    sessions[session]?.writing?.next += 1
    sessions[session]?.writing?.latest = words
  }

  mutating func endWriting(in session: String) {
    guard let writing = sessions[session]?.writing, let talk = talk(of: writing) else { return }
    sessions[session]?.writing = nil
    ask(
      "session.speakEnd", ["talk": .string(talk), "index": .integer(writing.next)], about: session,
      part: Part(opening: writing.opening, index: writing.next))
  }

  /// Whether it knows the name of the talk that it is writing.
  func mayWrite(in session: String) -> Bool { sessions[session]?.writing.flatMap(talk) != nil }

  private func talk(of writing: Writing) -> String? { requests[writing.opening]?.answer?["result"]?["talk"]?.string }

  /// Sends a request again that was sent on this connection, as a careless program does.
  func repeatRequest(_ id: Int64) {
    guard let wire, let request = requests[id], request.wires.contains(wire.id) else { return }
    wire.write(request.text)
  }

  private mutating func send(_ id: Int64) {
    guard let wire, let request = requests[id] else { return }
    requests[id]?.lives.insert(wire.life)
    requests[id]?.wires.insert(wire.id)
    wire.write(request.text)
  }

  private mutating func nextID() -> Int64 {
    lastID += 1
    return lastID
  }

  private static func text(_ id: Int64, _ method: String, _ params: JSONObject) -> [UInt8] {
    let message: JSONObject = [
      "jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": .object(params),
    ]
    return JSONValue.object(message).serialized
  }

  // MARK: Connections

  /// A new connection: all sessions have to be resumed on it that are not over, or whose answers are missing.
  mutating func connected(_ wire: Wire) {
    self.wire = wire
    resuming = [:]
    let wanted = sessions.values.filter { session in
      !session.isDisowned && (!session.isOver || unanswered.contains { $0.session == session.id })
    }
    for session in wanted.sorted(by: { $0.id < $1.id }) { resume(session) }
  }

  private mutating func resume(_ session: Session) {
    let id = nextID()
    resuming[id] = session.id
    resumes += 1
    let params: JSONObject = [
      "session": .string(session.id), "secret": .string(session.secret), "lastSeq": .integer(session.lastSeq),
    ]
    wire?.write(Self.text(id, "session.resume", params))
  }

  /// The connection is gone. Nobody will answer what was asked about no session.
  mutating func disconnected() {
    wire = nil
    for (id, request) in requests where request.session == nil && request.answer == nil {
      requests[id]?.isGivenUp = true
    }
  }

  /// Closes the connection for good: its sessions are to be closed.
  mutating func leave() {
    wire?.finish()
    disconnected()
  }

  // MARK: Reading

  /// Reads one message.
  /// - Parameter sent: how many calls relays have sent to providers by now.
  mutating func read(_ text: [UInt8], sent: Int) {
    guard let message = try? JSONParser.parse(text), let wire else { return mistakes.append("a message is not JSON") }
    if message["method"] != nil { return heard(message, on: wire) }
    guard let id = message["id"]?.integer else { return mistakes.append("an answer without id: \(message.text)") }
    if let session = resuming.removeValue(forKey: id) { return resumed(session, message, on: wire) }
    if requests[id]?.answer == nil { requests[id]?.sentWhenAnswered = sent }
    answered(id, message, on: wire)
  }

  private mutating func heard(_ message: JSONValue, on wire: Wire) {
    guard let id = message["params"]?["session"]?.string, let seq = message["params"]?["seq"]?.integer else { return }
    guard let known = sessions[id] else { return mistakes.append("told of \(id), which it does not know") }
    if known.isOver { mistakes.append("\(id) was told of after its end") }
    if known.wire != wire.id { mistakes.append("\(id) was told of before it was resumed") }
    if seq != known.lastSeq + 1 { mistakes.append("\(id) jumped from \(known.lastSeq) to \(seq)") }
    sessions[id]?.lastSeq = seq
    sessions[id]?.life = wire.life
    if message["method"] == "session.interrupted" { cuts += 1 }
    guard message["method"] == "session.closed" else { return }
    sessions[id]?.isOver = true
    sessions[id]?.toldOverOn = wire.id
    guard message["params"]?["reason"] == "takenOver" else { return }
    sessions[id]?.wasTakenOver = true
    mistakes.append("\(id) was taken over from the only client")
  }

  private mutating func answered(_ id: Int64, _ message: JSONValue, on wire: Wire) {
    // A resume that was sent twice.
    guard let request = requests[id] else { return }
    if let first = request.answer, first != message { mistakes.append("\(id) was answered in two ways") }
    if request.answer == nil, request.wires == [wire.id], let session = request.session,
      sessions[session]?.toldOverOn == wire.id,
      !Self.comesAfterTheEnd(message, request.method)
    {
      mistakes.append("\(id) was on its way, and answered after the end of \(session) was told: \(message.text)")
    }
    requests[id]?.answer = message
    stopWriting(after: message, to: request)
    guard request.method == "session.open", request.answer == nil, let result = message["result"],
      let session = result["session"]?.string, let secret = result["secret"]?.string,
      let provider = result["provider"]?.string
    else { return }
    if sessions[session] != nil { mistakes.append("\(session) was opened twice") }
    sessions[session] = Session(id: session, provider: provider, secret: secret, wire: wire.id, life: wire.life)
  }

  /// Nobody goes on with a talk that is over.
  private mutating func stopWriting(after answer: JSONValue, to request: Request) {
    guard let session = request.session, let opening = request.part?.opening ?? sessions[session]?.writing?.opening,
      sessions[session]?.writing?.opening == opening, request.part != nil || request.id == opening,
      answer["error"] != nil && answer["error"]?["data"]?["kind"] != "request.outOfOrder"
        || answer["result"]?["interrupted"] == true
    else { return }
    sessions[session]?.writing = nil
  }

  /// Whether a message may be the first answer to a request about a session that is known to be over: one that came too
  /// late is told so, and a close succeeds. Whatever the provider said of a call was told before the end.
  private static func comesAfterTheEnd(_ answer: JSONValue, _ method: String) -> Bool {
    let kind = answer["error"]?["data"]?["kind"]?.string
    return kind.map { $0 == "session.closed" || $0.hasPrefix("request.") } ?? (method == "session.close")
  }

  private mutating func resumed(_ id: String, _ message: JSONValue, on wire: Wire) {
    guard let session = sessions[id] else { return }
    switch message["error"]?["data"]?["kind"]?.string {
    case nil:
      // Another life may not know of the end; this one only has answers to give, unless it lost the session meanwhile.
      if session.life != wire.life || session.wasTakenOver { sessions[id]?.isOver = false }
      sessions[id]?.wasTakenOver = false
      resumed(id, with: message["result"] ?? nil)
    case "session.closed":
      if message["error"]?["data"]?["end"]?["action"]?.string == nil {
        mistakes.append("nobody says why \(id) is over")
      }
      sessions[id]?.isOver = true
    case "session.secretInvalid" where session.life != wire.life, "session.notFound" where session.life != wire.life:
      // The ledger knows it, and for ten minutes longer than it lasted.
      lockedOut.append(id)
      // It ended at or after the end of another life; what became of the last requests is not known.
      sessions[id]?.isOver = true
      sessions[id]?.isDisowned = true
      for request in unanswered where request.session == id { requests[request.id]?.isGivenUp = true }
      return
    case "server.ledgerUnavailable" where session.life != wire.life, "server.draining":
      // Nobody can look it up for now, or this relay leaves: the client tries again, here on its next connection.
      wire.cut(keepingToClient: 0, keepingToRelay: 0)
      return
    default:
      sessions[id]?.isOver = true
      mistakes.append("\(id) was not resumed: \(message.text)")
    }
    sessions[id]?.wire = wire.id
    sessions[id]?.life = wire.life
    for request in unanswered where request.session == id { send(request.id) }
  }

  private mutating func resumed(_ id: String, with result: JSONValue) {
    guard let secret = result["secret"]?.string else { return mistakes.append("\(id) was resumed without a secret") }
    sessions[id]?.secret = secret
    if let resync = result["resync"], let seq = resync["seq"]?.integer {
      resyncs += 1
      if seq < sessions[id]?.lastSeq ?? 0 { mistakes.append("\(id) was set back to \(seq)") }
      sessions[id]?.lastSeq = seq
    } else if result["replayed"]?.integer == nil {
      mistakes.append("\(id) was resumed with neither replay nor resync")
    }
  }
}

/// An answer with a section for each of the offer's, cut to what its reader needs.
enum SimulatedAnswer {
  static func text(isDID: Bool) -> String { isDID ? did : heyGen }

  private static let did = make(["a", "v", "d"], ["audio", "video", "application"])
  private static let heyGen = make(["0", "1", "2"], ["video", "audio", "application"])

  private static func make(_ mids: [String], _ kinds: [String]) -> String {
    let fingerprint = Array(repeating: "AB", count: 32).joined(separator: ":")
    var lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE \(mids.joined(separator: " "))"]
    for (kind, mid) in zip(kinds, mids) {
      lines.append(
        kind == "application"
          ? "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" : "m=\(kind) 9 UDP/TLS/RTP/SAVPF 111")
      lines += ["c=IN IP4 0.0.0.0", "a=mid:\(mid)"]
      if mid == mids[0] {
        lines += [
          "a=ice-ufrag:aBcD", "a=ice-pwd:0123456789abcdefghijklmn", "a=fingerprint:sha-256 \(fingerprint)",
          "a=setup:active",
        ]
      }
    }
    return lines.map { $0 + "\r\n" }.joined()
  }
}
