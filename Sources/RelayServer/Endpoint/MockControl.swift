// Passes what the console asks of the mock on to it, so that a page of `avatar-relay dev` needs no second address.
import Basics
import ProviderHTTP
import StrictJSON
import Transport
import Wire

/// A clock that ``MockControl`` moves.
public protocol MovableClock: MonotonicClock {
  /// Moves the time forward.
  func advance(by duration: Duration)
  /// The time stands still, but for ``advance(by:)``.
  func stop()
  /// The time goes on.
  func goOn()
}

/// The mock's control surface (docs/mock.md), as `avatar-relay dev` serves it under the same path. Nothing else makes one.
actor MockControl {
  /// What its paths begin with.
  static let prefix = "/__admin/"
  /// Requests that are under way at once; more get 503.
  static let maximumRequests = 16
  /// The largest answer that is passed on, in bytes: the mock's journal with all that it may hold.
  static let maximumResponseBytes = 16 << 20
  /// How long the mock may take: its own waits last up to ten minutes (docs/mock.md).
  static let timeout = Duration.seconds(610)
  /// The fields of a request that the mock is told.
  static let forwardedFields = ["Content-Type", "X-Mock-Scenario"]
  /// The largest body of a request in bytes.
  static let maximumRequestBytes = 1 << 20

  private let loop: EventLoop
  private let mock: String
  private let client: any ProviderHTTPClient
  /// The relay's, which is moved with the mock's; nil where it cannot be moved.
  private let clock: (any MovableClock)?
  private var requests = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// - Parameter mock: the mock's base URL.
  init(loop: EventLoop, mock: String, client: any ProviderHTTPClient, clock: (any MovableClock)? = nil) {
    self.loop = loop
    self.mock = mock
    self.client = client
    self.clock = clock
  }

  /// How much of a request's body is read.
  static func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit {
    head.isOfThisMachine ? .bytes(maximumRequestBytes) : .refused(notAdmitted)
  }

  private static var notAdmitted: HTTPResponse { .text(403, "the mock is controlled from this machine only") }

  /// The mock's own answer, or why it was not asked.
  func respond(to request: HTTPRequest) async -> HTTPResponse {
    guard request.isOfThisMachine else { return Self.notAdmitted }
    guard ["GET", "POST", "DELETE"].contains(request.method) else {
      return HTTPResponse(status: 405, headers: ["Allow": "GET, POST, DELETE"])
    }
    // What could lead elsewhere at the mock (`..`, escapes) is in none of its paths.
    guard request.path.utf8.allSatisfy({ $0.isASCIILetter || "/_.".utf8.contains($0) }), !request.path.contains("..")
    else { return .text(404, "not found") }
    guard requests < Self.maximumRequests else { return .text(503, "too many requests at once") }
    requests += 1
    defer { requests -= 1 }
    do {
      let answer = try await client.send(
        ProviderRequest(
          method: request.method, url: mock + request.path + (request.query.map { "?\($0)" } ?? ""),
          headers: Self.forwardedFields.compactMap { name in request.headers[name].map { (name, $0) } }, body: request.body,
          repeatability: .once, timeout: Self.timeout, maximumResponseBytes: Self.maximumResponseBytes))
      if answer.status == 200 { follow(request) }
      return HTTPResponse(
        status: answer.status,
        headers: ["Content-Type": answer.header("content-type") ?? "application/json", "Cache-Control": "no-store"],
        body: answer.body)
    } catch { return .text(502, "the mock does not answer: \(error.code.rawValue)") }
  }

  /// What the mock's clock has done the relay's does too: whoever lets a limit pass means both sides of it. A scenario has a
  /// clock of its own, which is not the relay's.
  private func follow(_ request: HTTPRequest) {
    guard let clock, request.method == "POST", request.headers["X-Mock-Scenario"] == nil, request.query == nil else { return }
    switch request.path {
    case Self.prefix + "reset": clock.goOn()
    case Self.prefix + "clock":
      let move = try? JSONParser.parse(request.body)
      if let runs = move?["running"]?.bool { runs ? clock.goOn() : clock.stop() }
      if let milliseconds = move?["advanceMs"]?.integer { clock.advance(by: .milliseconds(milliseconds)) }
    default: break
    }
  }
}
