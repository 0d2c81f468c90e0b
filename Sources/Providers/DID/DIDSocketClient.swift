// Carries D-ID's calls as messages of its WebSocket: one socket a stream, and one call of a kind at a time on it.
import Basics
import ProviderCalls
import ProviderHTTP
import StrictJSON

/// Sends a request whose method is a message's `type`, whose body is its `payload`, and whose URL names the stream behind `#`.
///
/// An answer says which kind of call it answers and nothing else (de-id/live-streaming-demo, `streaming-client-api-ws.js`), so a socket
/// carries one stream and one call of each kind. A socket that is gone is replaced with the next call, since a stream outlives it; so one on
/// which nothing is asked is closed, and none stays of a stream that ended otherwise than by a call. A call whose answer does not come is of
/// unknown fate, and its socket is closed, lest a late answer be taken for the next one's. Where there are as many sockets as there may be, the
/// one that was silent for longest gives its place to the next; where none is silent, calls that end streams may have as many again.
public actor DIDSocketClient: ProviderHTTPClient {
  /// One socket.
  private final class Line {
    let socket: any ProviderSocket
    var stream: String?
    /// The kinds of which a call is under way.
    var busy: Set<String> = []
    /// The call of each kind that waits for its answer.
    var waiting: [String: Call] = [:]
    /// Calls behind it, in order.
    var behind: [String: [CheckedContinuation<Void, Never>]] = [:]
    /// Its turn among the silent ones, and what closes the socket if it stays silent.
    var silence: (turn: Int, end: Task<Void, Never>)?

    init(_ socket: any ProviderSocket, stream: String?) {
      self.socket = socket
      self.stream = stream
    }
  }

  private struct Call {
    let ticket: Int
    /// The message's number on its socket.
    let number: Int
    let continuation: CheckedContinuation<Outcome, Never>
    let timer: Task<Void, Never>
  }

  /// A socket's id, or the status that its handshake was refused with.
  private enum Opened {
    case open(UInt64)
    case refused(status: Int)
  }

  private typealias Outcome = Result<ProviderResponse, ProviderHTTPFailure>

  /// After so long without a call a socket is closed: longer than a stream lives that is silent (5 minutes by D-ID's guide).
  public static let idleLimit = Duration.seconds(600)

  private let sockets: any ProviderSocketClient
  private let clock: any MonotonicClock
  private let maximumSockets: Int
  /// How many handshakes are under way.
  private var handshakes = 0
  private nonisolated let executor: any SerialExecutor
  private var lines: [UInt64: Line] = [:]
  /// The sockets on which nothing is asked, by the turns in which they fell silent, of which none is before the first.
  private var silent: [Int: UInt64] = [:]
  private var firstTurn = 0
  private var nextTurn = 0
  private var nextTicket = 0
  private var lineOfStream: [String: UInt64] = [:]
  private var opening: [String: Task<Result<Opened, ProviderHTTPFailure>, Never>] = [:]

  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Makes a client.
  /// - Parameters:
  ///   - executor: the event loop on which the sockets tell what happens.
  ///   - clock: measures how long an answer is waited for.
  ///   - maximumSockets: most sockets at once, as many as there may be streams; calls that end streams may have as many
  ///     again. While handshakes are under way there may be one more for each of them, since a socket gives its place only to
  ///     one that is there.
  public init(
    _ sockets: any ProviderSocketClient, executor: any SerialExecutor, clock: any MonotonicClock, maximumSockets: Int
  ) {
    self.maximumSockets = maximumSockets
    self.sockets = sockets
    self.executor = executor
    self.clock = clock
  }

  public func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    let deadline = clock.now.advanced(by: request.timeout)
    let parts = request.url.split(separator: "#", maxSplits: 1)
    let opened = try await line(for: parts.count > 1 ? String(parts[1]) : nil, String(parts[0]), request)
    guard case .open(let id) = opened else { return try Self.refusal(opened) }
    guard let line = lines[id] else { throw Self.lost(wasSent: false) }
    let outcome = await ask(request, on: line, until: deadline)
    settle(request.method, outcome, on: line)
    return try outcome.get()
  }

  // MARK: Sockets

  private func line(
    for stream: String?, _ url: String, _ request: ProviderRequest
  ) async throws(ProviderHTTPFailure) -> Opened {
    guard let stream else {
      try takePlace(for: request.priority)
      return try await open(url, request, for: nil)
    }
    if let id = lineOfStream[stream], lines[id] != nil { return .open(id) }
    // Each call asks for a place itself, lest one that ends the stream is refused with another one.
    if opening[stream] == nil { try takePlace(for: request.priority) }
    let task =
      opening[stream]
      ?? Task {
        do throws(ProviderHTTPFailure) { return .success(try await self.open(url, request, for: stream)) } catch {
          return .failure(error)
        }
      }
    opening[stream] = task
    let result = await task.value
    if opening[stream] == task { opening[stream] = nil }
    return try result.get()
  }

  /// Makes a handshake in a place that was taken for it.
  private func open(
    _ url: String, _ request: ProviderRequest, for stream: String?
  ) async throws(ProviderHTTPFailure) -> Opened {
    defer { handshakes -= 1 }
    let opening = try await sockets.openSocket(
      to: url + Self.query(request), timeout: request.timeout, SocketEvents(client: self))
    switch opening {
    case .refused(let status): return .refused(status: status)
    case .open(let socket):
      lines[socket.id] = Line(socket, stream: stream)
      if let stream { lineOfStream[stream] = socket.id }
      if lines.count > maximumSockets, let longest = longestSilent { drop(longest) }
      return .open(socket.id)
    }
  }

  private func takePlace(for priority: ProviderRequest.Priority) throws(ProviderHTTPFailure) {
    let inUse = lines.count - silent.count + handshakes
    guard inUse < maximumSockets || (priority == .closing && inUse < 2 * maximumSockets) else {
      throw ProviderHTTPFailure(.overloaded, neverSent: true, detail: "\(maximumSockets) sockets are in use")
    }
    handshakes += 1
  }

  /// The socket that was silent for longest; nil where none is.
  private var longestSilent: Line? {
    while firstTurn < nextTurn {
      if let id = silent[firstTurn] { return lines[id] }
      firstTurn += 1
    }
    return nil
  }

  /// What a refused handshake means for the call, which was not sent: the key is wrong, or nothing is known of it.
  private static func refusal(_ opened: Opened) throws(ProviderHTTPFailure) -> ProviderResponse {
    guard case .refused(let status) = opened, (400..<500).contains(status) else {
      throw ProviderHTTPFailure(.unreachable, neverSent: true, detail: "the handshake was refused")
    }
    return ProviderResponse(status: status)
  }

  /// The key goes in the query, as D-ID's own page sends it.
  private static func query(_ request: ProviderRequest) -> String {
    let key = request.headers.first { $0.name == "Authorization" }?.value ?? ""
    return "?authorization=" + BaseURL.encoded(key)
  }

  /// Does what an answer means for its socket.
  private func settle(_ kind: String, _ outcome: Outcome, on line: Line) {
    let response: ProviderResponse
    switch outcome {
    case .success(let answer): response = answer
    // Nothing was sent: there is no answer that could come too late.
    case .failure(let failure) where failure.neverSent && line.stream != nil: return
    case .failure: return drop(line)
    }
    switch (kind, response.status) {
    case ("init-stream", 201):
      line.stream = (try? JSONParser.parse(response.body))?["id"]?.string
      guard let stream = line.stream, lines[line.socket.id] != nil else { return drop(line) }
      lineOfStream[stream] = line.socket.id
    case ("init-stream", _), ("delete-stream", _): drop(line)
    default: break
    }
  }

  private func drop(_ line: Line) {
    forget(line)
    line.socket.end()
    for call in line.waiting.values { finish(call, .failure(Self.lost(wasSent: true))) }
    line.waiting = [:]
    wakeAll(of: line)
  }

  private func forget(_ line: Line) {
    endSilence(of: line)
    lines[line.socket.id] = nil
    if let stream = line.stream, lineOfStream[stream] == line.socket.id { lineOfStream[stream] = nil }
  }

  // MARK: Calls

  private func ask(_ request: ProviderRequest, on line: Line, until deadline: MonotonicInstant) async -> Outcome {
    let kind = request.method
    if line.busy.contains(kind), lines[line.socket.id] != nil {
      await withCheckedContinuation { line.behind[kind, default: []].append($0) }
    }
    // Taken before anything can be suspended, lest another call does the same.
    line.busy.insert(kind)
    endSilence(of: line)
    nextTicket += 1
    let (ticket, id) = (nextTicket, line.socket.id)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        begin(request, on: line, until: deadline, ticket, continuation)
      }
    } onCancel: {
      Task { await self.giveUp(kind, ticket, on: id, .cancelled) }
    }
  }

  /// Hands a message to the socket, and waits for its answer from that moment on.
  private func begin(
    _ request: ProviderRequest, on line: Line, until deadline: MonotonicInstant, _ ticket: Int,
    _ continuation: CheckedContinuation<Outcome, Never>
  ) {
    let (kind, id) = (request.method, line.socket.id)
    do throws(ProviderHTTPFailure) {
      let number = try write(request, to: line, until: deadline)
      let timer = Task { [clock] in
        guard (try? await clock.sleep(until: deadline, tolerance: nil)) != nil else { return }
        self.giveUp(kind, ticket, on: id, .timeout)
      }
      line.waiting[kind] = Call(ticket: ticket, number: number, continuation: continuation, timer: timer)
    } catch {
      free(kind, on: line)
      continuation.resume(returning: .failure(error))
    }
  }

  /// - Returns: the message's number on its socket.
  private func write(
    _ request: ProviderRequest, to line: Line, until deadline: MonotonicInstant
  ) throws(ProviderHTTPFailure) -> Int {
    guard lines[line.socket.id] != nil else { throw Self.lost(wasSent: false) }
    if ActingDeadline.current?.hasPassed == true {
      throw ProviderHTTPFailure(.cancelled, neverSent: true, detail: "another process may act for the session by now")
    }
    guard !Task.isCancelled else { throw ProviderHTTPFailure(.cancelled, neverSent: true) }
    guard clock.now < deadline else { throw ProviderHTTPFailure(.timeout, neverSent: true) }
    guard let payload = try? JSONParser.parse(request.body) else {
      throw ProviderHTTPFailure(.invalidRequest, neverSent: true, detail: "the payload is not JSON")
    }
    let message: JSONValue = ["type": .string(request.method), "payload": payload]
    guard let number = line.socket.send(message.serialized) else {
      // It has ended, maybe before anybody could be told.
      drop(line)
      throw Self.lost(wasSent: false)
    }
    return number
  }

  private func giveUp(_ kind: String, _ ticket: Int, on id: UInt64, _ code: ProviderHTTPFailure.Code) {
    guard let line = lines[id], let call = line.waiting[kind], call.ticket == ticket else { return }
    line.waiting[kind] = nil
    // Its caller drops the socket.
    finish(call, .failure(ProviderHTTPFailure(code, neverSent: false)))
  }

  /// Lets the next call of a kind go. The kind stays busy for it, lest a call that comes meanwhile overtakes it.
  private func free(_ kind: String, on line: Line) {
    guard var behind = line.behind[kind], !behind.isEmpty else {
      line.busy.remove(kind)
      return watchSilence(of: line)
    }
    let next = behind.removeFirst()
    line.behind[kind] = behind
    next.resume()
  }

  private func watchSilence(of line: Line) {
    guard line.busy.isEmpty, lines[line.socket.id] != nil else { return }
    let id = line.socket.id
    endSilence(of: line)
    let end = Task { [clock] in
      guard (try? await clock.sleep(for: Self.idleLimit)) != nil else { return }
      self.dropSilent(id)
    }
    line.silence = (nextTurn, end)
    silent[nextTurn] = id
    nextTurn += 1
  }

  private func endSilence(of line: Line) {
    guard let (turn, end) = line.silence else { return }
    end.cancel()
    silent[turn] = nil
    line.silence = nil
  }

  private func dropSilent(_ id: UInt64) {
    // A call may have come in this very moment.
    guard !Task.isCancelled, let line = lines[id], line.busy.isEmpty else { return }
    drop(line)
  }

  private func finish(_ call: Call, _ outcome: Outcome) {
    call.timer.cancel()
    call.continuation.resume(returning: outcome)
  }

  private func wakeAll(of line: Line) {
    for continuation in line.behind.values.joined() { continuation.resume() }
    line.behind = [:]
  }

  private static func lost(wasSent: Bool) -> ProviderHTTPFailure {
    ProviderHTTPFailure(.connectionLost, neverSent: !wasSent, detail: "the WebSocket ended")
  }
}

extension DIDSocketClient {
  /// Tells the client what happens on its sockets.
  private struct SocketEvents: ProviderSocketHandler {
    let client: DIDSocketClient

    func received(_ text: [UInt8], on socket: UInt64) { client.assumeIsolated { $0.take(text, from: socket) } }
    func closed(_ socket: UInt64, code: UInt16, written: Int) { client.assumeIsolated { $0.ended(socket, written: written) } }
  }

  private func take(_ text: [UInt8], from id: UInt64) {
    guard let line = lines[id] else { return }
    let reply = try? JSONParser.parse(text)
    // The gateway's own words name no kind: they are an answer where a single call can be meant.
    let kind = reply?["messageType"]?.string ?? (line.waiting.count == 1 ? line.waiting.first?.key : nil)
    guard let kind, let call = line.waiting.removeValue(forKey: kind) else {
      // Nobody can say any more which call is answered by what.
      return drop(line)
    }
    finish(call, .success(ProviderResponse(status: DIDMessageStatus.of(reply, kind: kind), body: text)))
    free(kind, on: line)
  }

  private func ended(_ id: UInt64, written: Int) {
    guard let line = lines[id] else { return }
    forget(line)
    for call in line.waiting.values { finish(call, .failure(Self.lost(wasSent: call.number <= written))) }
    line.waiting = [:]
    wakeAll(of: line)
  }
}

/// Gives an answer the status that HTTP would have: messages have none, and errors are told by their words.
enum DIDMessageStatus {
  private static let ofKind = [
    "SessionError": 400, "ValidationError": 400, "BadRequestError": 400, "AuthorizationError": 401,
    "InsufficientCreditsError": 402, "Forbidden": 403, "PermissionError": 403, "NotFound": 404, "NotFoundError": 404,
    "NotReadyError": 409, "ImageModerationError": 451, "CelebrityRecognizedError": 451, "TextModerationError": 451,
    "AudioModerationError": 451,
  ]
  private static let ofWords = ["Too Many Requests": 429, "Forbidden": 403, "Unauthorized": 401]

  static func of(_ reply: JSONValue?, kind: String) -> Int {
    if let error = reply?["kind"]?.string { return ofKind[error] ?? 500 }
    if let words = reply?["message"]?.string { return ofWords[words] ?? 500 }
    return kind == "init-stream" ? 201 : 200
  }
}
