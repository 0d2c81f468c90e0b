// How many requests for the mock are under way at once, and what is asked in whose name.
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
      while mock.asked.count < MockControl.maximumRequests { await Task.yield() }
      #expect(await control.respond(to: request("/__admin/faults")).status == 503)
      mock.answerAll()
      for await status in group { #expect(status == 201) }
    }
    #expect(mock.asked == Array(repeating: "POST http://mock/__admin/faults?a=b", count: MockControl.maximumRequests))
    // Who was answered takes no room any more.
    async let later = control.respond(to: request("/__admin/reset")).status
    while mock.asked.count == MockControl.maximumRequests { await Task.yield() }
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
}
