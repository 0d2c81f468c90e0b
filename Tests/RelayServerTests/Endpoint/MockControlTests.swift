// How many requests for the mock are under way at once, and what is asked in whose name.
import Basics
import ProviderHTTP
import Synchronization
import Testing
import Transport
import Wire

@testable import RelayServer

@Suite(.timeLimit(.minutes(1))) struct MockControlTests {
  /// A client whose answers come when they are let go.
  private final class SlowMock: ProviderHTTPClient {
    private struct State {
      var asked: [String] = []
      var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var asked: [String] { state.withLock { $0.asked } }

    func answerAll() {
      for waiting in state.withLock({ state in
        defer { state.waiting = [] }
        return state.waiting
      }) { waiting.resume() }
    }

    func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
      await withCheckedContinuation { continuation in
        state.withLock {
          $0.asked.append("\(request.method) \(request.url)")
          $0.waiting.append(continuation)
        }
      }
      return ProviderResponse(status: 201, headers: [("content-type", "application/json")], body: Array("{}".utf8))
    }
  }

  private func request(_ path: String, _ headers: HTTPHeaders = ["Host": "localhost:8080"]) -> HTTPRequest {
    HTTPRequest(method: "POST", path: path, query: "a=b", headers: headers)
  }

  @Test func oneMoreThanTheBoundIsTurnedAway() async throws {
    let loop = try EventLoop()
    let mock = SlowMock()
    let control = MockControl(loop: loop, mock: "http://mock", client: mock)
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<MockControl.maximumRequests {
        group.addTask { await control.respond(to: request("/__admin/faults")).status }
      }
      while mock.asked.count < MockControl.maximumRequests, !Task.isCancelled { await Task.yield() }
      #expect(await control.respond(to: request("/__admin/faults")).status == 503)
      mock.answerAll()
      for await status in group { #expect(status == 201) }
    }
    #expect(mock.asked == Array(repeating: "POST http://mock/__admin/faults?a=b", count: MockControl.maximumRequests))
    // Who was answered takes no room any more.
    async let later = control.respond(to: request("/__admin/reset")).status
    while mock.asked.count == MockControl.maximumRequests, !Task.isCancelled { await Task.yield() }
    mock.answerAll()
    #expect(await later == 201)
    await loop.stop()
  }

  @Test(arguments: [
    ["Host": "rebound.example"], [:], ["Host": "localhost", "Origin": "https://elsewhere.example"],
    ["Host": "localhost", "Origin": "null"], ["Host": "localhost", "Sec-Fetch-Site": "cross-site"],
  ])
  func whoIsNotOfThisMachineIsRefusedBeforeTheBody(headers: [String: String]) async throws {
    let loop = try EventLoop()
    let mock = SlowMock()
    let control = MockControl(loop: loop, mock: "http://mock", client: mock)
    let asked = request("/__admin/reset", HTTPHeaders(headers.map { (name: $0.key, value: $0.value) }))
    guard case .refused(let refusal) = MockControl.bodyLimit(of: asked) else {
      Issue.record("the body would be read")
      return
    }
    #expect(refusal.status == 403)
    #expect(await control.respond(to: asked).status == 403)
    #expect(mock.asked.isEmpty)
    await loop.stop()
  }

  /// A mock that answers at once, with one status.
  private struct QuickMock: ProviderHTTPClient {
    let status: Int
    func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
      ProviderResponse(status: status, headers: [], body: [])
    }
  }

  /// Notes how it is moved.
  private final class NotedClock: MovableClock {
    private let state = Mutex<[String]>([])
    var moves: [String] { state.withLock { $0 } }
    private func note(_ move: String) { state.withLock { $0.append(move) } }
    var now: MonotonicInstant { MonotonicInstant(sinceStart: .zero) }
    var minimumResolution: Duration { .milliseconds(1) }
    func sleep(until deadline: MonotonicInstant, tolerance: Duration?) async throws {}
    func advance(by duration: Duration) { note("advance \(duration.milliseconds)") }
    func stop() { note("stop") }
    func goOn() { note("go on") }
  }

  /// What moved the mock's clock moves the relay's, and nothing else does.
  @Test(arguments: [
    ("/__admin/clock", #"{"advanceMs": 275000}"#, 200, [:], ["advance 275000"]),
    ("/__admin/clock", #"{"advanceMs": 275000}"#, 400, [:], []), ("/__admin/clock", "{}", 200, [:], []),
    ("/__admin/faults", #"{"advanceMs": 275000}"#, 200, [:], []), ("/__admin/clock", "no JSON", 200, [:], []),
    ("/__admin/clock", #"{"advanceMs": 5}"#, 200, ["X-Mock-Scenario": "one"], []),
    ("/__admin/clock", #"{"advanceMs": 5}"#, 200, ["Origin": "https://elsewhere.example"], []),
    ("/__admin/clock", #"{"running": false}"#, 200, [:], ["stop"]), ("/__admin/reset", "{}", 200, [:], ["go on"]),
    ("/__admin/clock", #"{"running": true, "advanceMs": 5}"#, 200, [:], ["go on", "advance 5"]),
    ("/__admin/reset", "{}", 500, [:], []), ("/__admin/reset", "{}", 200, ["X-Mock-Scenario": "one"], []),
  ] as [(String, String, Int, [String: String], [String])])
  func theRelaysClockGoesWithTheMocks(
    path: String, body: String, status: Int, headers: [String: String], moves: [String]
  ) async throws {
    let loop = try EventLoop()
    let clock = NotedClock()
    let control = MockControl(loop: loop, mock: "http://mock", client: QuickMock(status: status), clock: clock)
    var fields: HTTPHeaders = ["Host": "localhost"]
    for (name, value) in headers { fields[name] = value }
    _ = await control.respond(to: HTTPRequest(method: "POST", path: path, headers: fields, body: Array(body.utf8)))
    #expect(clock.moves == moves)
    await loop.stop()
  }
}
