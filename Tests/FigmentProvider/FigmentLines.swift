// Keeps Figment's sockets, one a session: gives each answer to whoever asked, and tells the events.
import AvatarProvider
import Basics
import ProviderHTTP
import SessionValues
import StrictJSON

/// Asks on sockets, any number of questions at once. Lives on the event loop.
actor FigmentLines {
  private final class Line {
    let events: AsyncStream<ProviderEvent>.Continuation
    /// Nil until its handshake is done.
    var socket: (any ProviderSocket)?
    var lastQuestion: Int64 = 0
    var questions: [Int64: Question] = [:]

    init(_ events: AsyncStream<ProviderEvent>.Continuation) { self.events = events }
  }

  private struct Question {
    /// The message's number on its socket.
    let number: Int
    let continuation: CheckedContinuation<Result<JSONValue, ProviderFailure>, Never>
    let timer: Task<Void, Never>
  }

  private static let timeout = Duration.seconds(10)

  private let sockets: any ProviderSocketClient
  private nonisolated let executor: any SerialExecutor
  private let clock: any MonotonicClock
  private var lines: [String: Line] = [:]

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ sockets: any ProviderSocketClient, executor: any SerialExecutor, clock: any MonotonicClock) {
    self.sockets = sockets
    self.executor = executor
    self.clock = clock
  }

  /// Opens the socket of a session; its events end when it does.
  func open(
    _ session: String, _ url: String, telling events: AsyncStream<ProviderEvent>.Continuation
  ) async throws(ProviderFailure) {
    // The first message may come before the handshake was told.
    let line = Line(events)
    lines[session] = line
    do throws(ProviderHTTPFailure) {
      switch try await sockets.openSocket(to: url, timeout: Self.timeout, Ear(lines: self, session: session)) {
      case .open(let socket): line.socket = socket
      case .refused(let status):
        lines[session] = nil
        throw ProviderHTTPFailure(.unacceptableResponse, neverSent: true, detail: "the handshake got \(status)")
      }
    } catch {
      lines[session] = nil
      throw ProviderFailure(error)
    }
  }

  /// Asks, and waits for the answer.
  func ask(_ op: String, _ fields: JSONObject, of session: String) async throws(ProviderFailure) -> JSONValue {
    guard let line = lines[session], let socket = line.socket else {
      throw ProviderFailure(.sessionGone, "Figment's socket of the session has ended.")
    }
    if ActingDeadline.current?.hasPassed == true {
      throw ProviderFailure(.unreachable, "Another process may act for the session by now.")
    }
    line.lastQuestion += 1
    let sequence = line.lastQuestion
    var message = fields
    message["seq"] = .integer(sequence)
    message["op"] = .string(op)
    guard let number = socket.send(JSONValue.object(message).serialized) else {
      throw ProviderFailure(.unreachable, "Figment's socket takes nothing more.")
    }
    let result = await withCheckedContinuation { continuation in
      let timer = Task { [clock] in
        guard (try? await clock.sleep(for: Self.timeout)) != nil else { return }
        self.settle(sequence, of: line, .failure(ProviderFailure(.fateUnknown, "Figment did not answer in time.")))
      }
      line.questions[sequence] = Question(number: number, continuation: continuation, timer: timer)
    }
    return try result.get()
  }

  /// The session is over: so is its socket.
  func end(_ session: String) { lines[session]?.socket?.end() }

  private func settle(_ sequence: Int64, of line: Line, _ result: Result<JSONValue, ProviderFailure>) {
    guard let question = line.questions.removeValue(forKey: sequence) else { return }
    question.timer.cancel()
    question.continuation.resume(returning: result)
  }
}

extension FigmentLines {
  private struct Ear: ProviderSocketHandler {
    let lines: FigmentLines
    let session: String

    func received(_ text: [UInt8], on socket: UInt64) { lines.assumeIsolated { $0.take(text, of: session) } }
    func closed(_ socket: UInt64, code: UInt16, written: Int) { lines.assumeIsolated { $0.ended(session, written: written) } }
  }

  private func take(_ text: [UInt8], of session: String) {
    guard let line = lines[session], let message = try? JSONParser.parse(text) else { return }
    if let sequence = message["re"]?.integer {
      let failure = message["error"].map { ProviderFailure(figment: $0) }
      settle(sequence, of: line, failure.map { .failure($0) } ?? .success(message["ok"] ?? [:]))
    } else if let event = ProviderEvent(figment: message) {
      line.events.yield(event)
    }
  }

  private func ended(_ session: String, written: Int) {
    guard let line = lines.removeValue(forKey: session) else { return }
    for (sequence, question) in line.questions {
      let code = question.number <= written ? ProviderFailure.Code.fateUnknown : .unreachable
      settle(sequence, of: line, .failure(ProviderFailure(code, "Figment's socket ended.")))
    }
    line.events.finish()
  }
}

extension ProviderEvent {
  /// Reads an event; nil for one that means nothing here.
  fileprivate init?(figment message: JSONValue) {
    let utterance = message["utterance"]?.string
    switch message["event"]?.string {
    case "candidate":
      self = .candidate(
        message["candidate"]?["candidate"]?.string.map {
          IceCandidate(candidate: $0, sdpMid: message["candidate"]?["mid"]?.string, sdpMLineIndex: nil)
        })
    case "speaking": self = .talkStarted(talk: utterance)
    case "silent": self = .talkEnded(talk: utterance, duration: nil)
    case "mute": self = .talkFailed(talk: utterance, message: message["words"]?.string ?? "")
    case "bye": self = .ended(message: message["words"]?.string ?? "")
    default: return nil
    }
  }
}
