import ProviderHTTP
import RelayTestSupport
import Timekeeping
import Transport

// The network between relays and the mock: nothing moves on it but by the schedule's will.
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

  /// How many calls have not come to their end.
  var pendingCount: Int { exchanges.count { if case .over = $0.place { false } else { true } } }

  /// A request reaches the mock, or a response its relay.
  func move(_ number: Int) {
    switch exchanges[number].place {
    case .outbound:
      exchanges[number].place = .atProvider
      let request = Self.request(exchanges[number].request)
      Task(executorPreference: executor) { [handler] in
        await self.answered(number, await handler.respond(to: request))
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

  private func answered(_ number: Int, _ response: HTTPResponse) {
    exchanges[number].status = response.status
    exchanges[number].reply = response.body
    guard waiting[number] != nil, !response.dropsConnection else {
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
