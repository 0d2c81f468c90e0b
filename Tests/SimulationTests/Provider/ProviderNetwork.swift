// Carries calls to the mock provider and back, late, twice or never.
import Basics
import MockClock
import ProviderHTTP
import RelayTestSupport
import StrictJSON
import Wire

@testable import MockProvider

/// Holds every call until the schedule has it arrive, be answered or be lost.
actor ProviderNetwork {
  static let baseURL = "http://mock"
  /// How long after its sender gave up a request may still arrive.
  private static let longestDelay = Duration.seconds(15)

  private nonisolated let executor: HandExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private let handler: MockHandler
  private let clock: SteppableClock
  /// All calls, in the order in which they were sent.
  private(set) var exchanges: [ProviderExchange] = []
  private var waiting: [Int: CheckedContinuation<Result<ProviderResponse, ProviderHTTPFailure>, Never>] = [:]
  private var deadLives: Set<Int> = []

  init(_ handler: MockHandler, _ clock: SteppableClock, on executor: HandExecutor) {
    self.handler = handler
    self.clock = clock
    self.executor = executor
  }

  /// The call of a relay; returns when the schedule lets it.
  func send(_ request: ProviderRequest, of life: Int) async -> Result<ProviderResponse, ProviderHTTPFailure> {
    guard !deadLives.contains(life) else { return .failure(ProviderHTTPFailure(.cancelled, neverSent: true)) }
    let number = exchanges.count
    exchanges.append(
      ProviderExchange(number: number, life: life, request: request, deadline: clock.now.advanced(by: request.timeout)))
    return await withCheckedContinuation { waiting[number] = $0 }
  }

  /// The calls that can be moved now.
  var moving: [Int] {
    exchanges.filter { exchange in
      switch exchange.place {
      case .outbound, .inbound: true
      case .atProvider, .over: false
      }
    }.map(\.number)
  }

  /// The calls whose senders still wait.
  var underWay: Set<Int> { Set(waiting.keys) }

  /// How many calls have not come to their end.
  var pendingCount: Int { exchanges.count { if case .over = $0.place { false } else { true } } }

  /// A request reaches the mock, or a response its relay.
  func move(_ number: Int) {
    switch exchanges[number].place {
    case .outbound:
      exchanges[number].place = .atProvider
      let request = Self.request(exchanges[number].request)
      Task(executorPreference: executor) { [handler] in
        await self.answered(number, try? await handler.respond(to: request))
      }
    case .inbound(let response):
      exchanges[number].place = .over
      let headers = response.headers.fields.map { (name: $0.name.lowercased(), value: $0.value) }
      tell(number, .success(ProviderResponse(status: response.status, headers: headers, body: response.body)))
    case .atProvider, .over: break
    }
  }

  /// A request never arrives, or a response does not.
  /// - Parameter isNoticed: the sender learns at once that nothing was sent, or that the connection broke.
  func lose(_ number: Int, isNoticed: Bool) {
    let wasSent: Bool
    switch exchanges[number].place {
    case .outbound: wasSent = false
    case .inbound: wasSent = true
    case .atProvider, .over: return
    }
    exchanges[number].place = .over
    guard isNoticed else { return }
    tell(
      number,
      .failure(wasSent ? .init(.connectionLost, neverSent: false) : .init(.unreachable, neverSent: true)))
  }

  /// Whoever waited long enough gives up; a request that is under way may still arrive, for a while.
  func giveUp() {
    for number in waiting.keys.sorted() where exchanges[number].deadline <= clock.now {
      tell(number, .failure(ProviderHTTPFailure(.timeout, neverSent: false)))
      if case .inbound = exchanges[number].place { exchanges[number].place = .over }
    }
    for exchange in exchanges where exchange.deadline.advanced(by: Self.longestDelay) <= clock.now {
      if case .outbound = exchange.place { exchanges[exchange.number].place = .over }
    }
  }

  /// The process that sent these is gone. What it sent may still arrive.
  func kill(_ life: Int) {
    deadLives.insert(life)
    for number in waiting.keys.sorted() where exchanges[number].life == life {
      waiting.removeValue(forKey: number)?.resume(returning: .failure(ProviderHTTPFailure(.cancelled, neverSent: true)))
      if case .inbound = exchanges[number].place { exchanges[number].place = .over }
    }
  }

  /// - Parameter response: nil where the mock dropped the connection.
  private func answered(_ number: Int, _ response: HTTPResponse?) {
    exchanges[number].status = response?.status ?? 0
    exchanges[number].reply = response?.body ?? []
    guard waiting[number] != nil, let response else {
      exchanges[number].place = .over
      return tell(number, .failure(ProviderHTTPFailure(.connectionLost, neverSent: false)))
    }
    exchanges[number].place = .inbound(response)
  }

  private func tell(_ number: Int, _ result: Result<ProviderResponse, ProviderHTTPFailure>) {
    guard let continuation = waiting.removeValue(forKey: number) else { return }
    exchanges[number].sentWhenTold = exchanges.count
    exchanges[number].told =
      switch result {
      case .success(let response): .status(response.status)
      case .failure(let failure): .failure(failure.code, neverSent: failure.neverSent)
      }
    continuation.resume(returning: result)
  }

  private static func request(_ request: ProviderRequest) -> HTTPRequest {
    let target = request.url.dropFirst(baseURL.count).split(separator: "?", maxSplits: 1)
    return HTTPRequest(
      method: request.method, path: String(target[0]), query: target.count > 1 ? String(target[1]) : nil,
      headers: HTTPHeaders(request.headers), body: request.body)
  }
}

/// A request on its way to the mock, there, or its response on the way back.
struct ProviderExchange {
  enum Place {
    case outbound
    case atProvider
    case inbound(HTTPResponse)
    case over
  }
  /// What the relay that asked was told; a relay that was killed is told nothing.
  enum Told: Equatable {
    case nothing
    case status(Int)
    case failure(ProviderHTTPFailure.Code, neverSent: Bool)

    var isSuccess: Bool { if case .status(let status) = self { (200..<300).contains(status) } else { false } }
  }

  let number: Int
  /// The life of the relay that sent it.
  let life: Int
  let request: ProviderRequest
  let deadline: MonotonicInstant
  var place = Place.outbound
  /// What the mock answered; 0 where it dropped the connection, nil where the request never came there.
  var status: Int?
  var reply: [UInt8] = []
  var told = Told.nothing
  /// How many calls had been sent when the relay was told; nil until it is.
  var sentWhenTold: Int?

  init(number: Int, life: Int, request: ProviderRequest, deadline: MonotonicInstant) {
    self.number = number
    self.life = life
    self.request = request
    self.deadline = deadline
  }

  /// Without the authority, which is nowhere.
  var path: String { String(request.url.dropFirst(ProviderNetwork.baseURL.count)) }
  var isCreation: Bool { path.hasSuffix("/streams") || path == "/v1/streaming.new" }

  /// The provider's session that the call is about, with the life of the relay that calls; nil for what is about none.
  var session: String? {
    let parts = path.split(separator: "/")
    if let streams = parts.firstIndex(of: "streams") {
      return parts.indices.contains(streams + 1) ? "\(life) \(parts[streams + 1])" : nil
    }
    return (try? JSONParser.parse(request.body))?["session_id"]?.string.map { "\(life) \($0)" }
  }
  var isDescription: Bool { path.hasSuffix("/sdp") || path.hasSuffix("streaming.start") }
  var isClosing: Bool { request.method == "DELETE" || path.hasSuffix("streaming.stop") }
  var isInterruption: Bool { path.hasSuffix("streaming.interrupt") }

  /// D-ID's end of candidates may be told as often as a client says it.
  var isEndOfCandidates: Bool {
    guard path.hasSuffix("/ice"), let body = try? JSONParser.parse(request.body) else { return false }
    return body["candidate"] == nil
  }

  /// The foundation of the candidate that is told, as `candidate:7`.
  var candidate: String? {
    guard path.contains("ice"), let body = try? JSONParser.parse(request.body) else { return nil }
    let text = body["candidate"]?.string ?? body["candidate"]?["candidate"]?.string
    return text.map { String($0.prefix { $0 != " " }) }
  }

  /// The talk's text, where one is asked for.
  var words: String? {
    guard let body = try? JSONParser.parse(request.body) else { return nil }
    return body["script"]?["input"]?.string ?? body["text"]?.string
  }

  /// The provider's id of the session that the mock created.
  var created: String? {
    guard isCreation, let body = try? JSONParser.parse(reply) else { return nil }
    return body["id"]?.string ?? body["data"]?["session_id"]?.string
  }
}

/// Sends in the name of one life of the relay.
struct NetworkClient: ProviderHTTPClient {
  let network: ProviderNetwork
  let life: Int

  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    try await network.send(request, of: life).get()
  }
}
