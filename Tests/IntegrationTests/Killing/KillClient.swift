// A client that outlives relays: it resends what was not answered and remembers what it was told.
import Relay
import SessionValues
import Signaling
import Transport

/// Models a browser client on the relay's own event loop.
actor KillClient {
  /// What the client knows of a talk that it asked for.
  enum Fate: Sendable, Hashable { case spoken, refused, unknown, unanswered }

  private nonisolated let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private var lastRequest: Int64 = 0
  private var waiting: [RequestID: CheckedContinuation<Result<CallResult, SignalingError>?, Never>] = [:]
  private(set) var secret: ResumeSecret?
  private(set) var lastSeq: Int64 = 0
  private(set) var session: SessionID?
  /// Each text that was to be spoken.
  private(set) var fates: [String: Fate] = [:]
  private(set) var surprises: [String] = []

  init(loop: EventLoop) { self.loop = loop }

  func makeRequest(_ call: Call) -> Request {
    lastRequest += 1
    return Request(id: RequestID(lastRequest), call: call)
  }

  /// Sends a request, as often as it likes, and waits for the answer; nil when the relay died first.
  func send(_ request: Request, to life: RelayLife) async -> Result<CallResult, SignalingError>? {
    guard !life.killSwitch.isDead else { return nil }
    if case .speak(_, let script) = request.call, case .text(let text) = script.content, fates[text] == nil { fates[text] = .unanswered }
    let registry = life.registry
    let connection = life.connection.id
    let answer = await withCheckedContinuation { continuation in
      waiting[request.id] = continuation
      loop.execute { registry.assumeIsolated { $0.received(request, on: connection) } }
    }
    if let answer { learn(answer, of: request) }
    return answer
  }

  private func learn(_ answer: Result<CallResult, SignalingError>, of request: Request) {
    switch (request.call, answer) {
    case (.open, .success(.opened(let opened))): (session, secret, lastSeq) = (opened.session, opened.secret, 0)
    case (.resume, .success(.resumed(let resumed))):
      secret = resumed.secret
      if case .resync(let snapshot) = resumed.continuation { lastSeq = max(lastSeq, snapshot.seq) }
    case (.speak(_, let script), .success): note(.spoken, of: script)
    case (.speak(_, let script), .failure(let error)):
      note(error.kind == .talkUnknown ? .unknown : .refused, of: script)
    default: break
    }
  }

  private func note(_ fate: Fate, of script: Script) {
    guard case .text(let text) = script.content else { return }
    if let old = fates[text], old != .unanswered, old != fate { surprises.append("\(text) was \(old), then \(fate)") }
    fates[text] = fate
  }

  func received(_ message: ServerMessage) {
    switch message {
    case .result(let id, let result, _): waiting.removeValue(forKey: id)?.resume(returning: .success(result))
    case .error(let id, let error):
      if let id { waiting.removeValue(forKey: id)?.resume(returning: .failure(error)) }
    case .notification(.session(_, let seq, _)): lastSeq = max(lastSeq, seq)
    case .notification: break
    }
  }

  /// The relay is gone, and every answer with it.
  func relayDied() {
    let all = waiting.values
    waiting = [:]
    for continuation in all { continuation.resume(returning: nil) }
  }

  func note(_ surprise: String) { surprises.append(surprise) }

  func forgetSession() { (session, secret) = (nil, nil) }
}
