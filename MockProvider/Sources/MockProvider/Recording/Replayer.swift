// Answers from the samples of a recording.
import Basics
import Logging
import StrictJSON
import Transport
import Wire

/// Answers each request by a sample of its method and path: of several the one that was not used yet whose body is most like
/// the request's, the earlier first; when all were used, the most alike again.
actor Replayer: HTTPHandler {
  nonisolated let executor: any SerialExecutor & TaskExecutor
  nonisolated let gate: CallerGate
  private let samples: [(name: String, exchange: RecordedExchange)]
  private var used: Set<Int> = []
  private let logger: Logger

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    _ samples: [(name: String, exchange: RecordedExchange)], gate: CallerGate, on executor: any SerialExecutor & TaskExecutor,
    logger: Logger
  ) {
    self.samples = samples
    self.gate = gate
    self.executor = executor
    self.logger = logger
  }

  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { .bytes(VendorCall.maximumBodyBytes) }

  nonisolated func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse { RecordingRefusal.tooLong(head, gate) }

  nonisolated func respond(to request: HTTPRequest) async throws -> HTTPResponse {
    if let reason = gate.refusal(of: request) { return RecordingRefusal.stranger(reason).response }
    if request.method == "OPTIONS" { return CORS.preflight(request) }
    return CORS.allow(await answer(request))
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    guard let index = choice(for: request) else {
      logger.warning("not recorded", metadata: ["method": "\(request.method.prefix(32))"])
      return RecordingRefusal.notRecorded("no answer to \(request.method.prefix(32)) on this path was recorded").response
    }
    used.insert(index)
    let (name, exchange) = samples[index]
    logger.info("replayed", metadata: ["sample": "\(name)"])
    var response = HTTPResponse(status: exchange.status)
    switch exchange.body {
    case .none: break
    case .json(let json): response = HTTPResponse(status: exchange.status, json: json)
    case .text(let text): response.body = Array(text.utf8)
    }
    for field in exchange.headers where !field.value.contains(StandIns.removed) { response.headers[field.name] = field.value }
    response.headers[Recorder.sampleField] = name
    return response
  }

  private func choice(for request: HTTPRequest) -> Int? {
    guard let path = Router.segments(of: request.path) else { return nil }
    let of = samples.indices.filter { samples[$0].exchange.request.method == request.method }
    // What a client names itself, as an agent, stands in a sample under another name.
    let candidates =
      [Fit.exact, .anyName].lazy.map { fit in of.filter { self.fits($0, path, request.query, fit) } }.first { !$0.isEmpty } ?? []
    let body = VendorCall.parse(request.body)
    func likeness(_ index: Int) -> Int {
      guard case .success(let sent) = body, case .json(let kept) = samples[index].exchange.request.body else { return 0 }
      return Self.likeness(sent, kept)
    }
    let fresh = candidates.filter { !used.contains($0) }
    return (fresh.isEmpty ? candidates : fresh).max { likeness($0) < likeness($1) || likeness($0) == likeness($1) && $0 > $1 }
  }

  /// How near a path has to be.
  private enum Fit { case exact, anyName }

  private func fits(_ index: Int, _ path: [String], _ query: String?, _ fit: Fit) -> Bool {
    let asked = samples[index].exchange.request
    // Golden samples may write the query into the path.
    let parts = asked.path.split(separator: "?", maxSplits: 1).map(String.init)
    guard let recorded = Router.segments(of: parts[0]), recorded.count == path.count else { return false }
    switch fit {
    case .exact: return recorded == path && (asked.query ?? (parts.count > 1 ? parts[1] : nil)) == query
    case .anyName: return zip(recorded, path).allSatisfy { $0 == $1 || $0.wholeMatch(of: /id-\d+|0{8}-0000-4000-8000-[0-9a-f]{12}/) != nil }
    }
  }

  /// How many members of two values are equal.
  private static func likeness(_ left: JSONValue, _ right: JSONValue) -> Int {
    switch (left, right) {
    case (.object(let left), .object(let right)):
      return left.members.reduce(0) { sum, member in sum + (right[member.name].map { 1 + likeness(member.value, $0) } ?? 0) }
    case (.array(let left), .array(let right)): return zip(left, right).reduce(0) { $0 + likeness($1.0, $1.1) }
    default: return left == right ? 1 : 0
    }
  }
}
