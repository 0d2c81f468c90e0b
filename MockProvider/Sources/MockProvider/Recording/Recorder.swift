// Stands between a client and a provider, hands everything on, and writes down what was said without what is somebody's own.
import Basics
import Foundation
import Logging
import ProviderHTTP
import StrictJSON
import Transport
import Wire

/// Hands requests on to a provider and its answers back, and keeps a redacted sample of each exchange.
actor Recorder: HTTPHandler {
  /// The largest answer that is handed back, in bytes.
  static let answerLimit = 16 << 20
  /// How long a provider may take.
  static let timeout = Duration.seconds(120)
  /// The field that says of an answer which sample was made of it.
  static let sampleField = "X-Mock-Sample"

  nonisolated let executor: any SerialExecutor & TaskExecutor
  nonisolated let gate: CallerGate
  private let origin: ProviderOrigin
  private let folder: String
  private let client: any ProviderHTTPClient
  private let logger: Logger
  private var redaction = ExchangeRedaction()
  private var count = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(
    _ origin: ProviderOrigin, to folder: String, gate: CallerGate, client: any ProviderHTTPClient,
    on executor: any SerialExecutor & TaskExecutor, logger: Logger
  ) {
    self.origin = origin
    self.folder = folder
    self.gate = gate
    self.client = client
    self.executor = executor
    self.logger = logger
  }

  nonisolated func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { .bytes(VendorCall.maximumBodyBytes) }

  nonisolated func respond(to request: HTTPRequest) async throws -> HTTPResponse {
    if let reason = gate.refusal(of: request) { return RecordingRefusal.stranger(reason).response }
    if request.method == "OPTIONS" { return CORS.preflight(request) }
    return CORS.allow(await exchange(request))
  }

  nonisolated func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse { RecordingRefusal.tooLong(head, gate) }

  private func exchange(_ request: HTTPRequest) async -> HTTPResponse {
    count += 1
    let number = count
    let answer: ProviderResponse
    do throws(ProviderHTTPFailure) { answer = try await client.send(forwarded(request)) } catch {
      logger.warning("no answer of the provider", metadata: ["number": "\(number)", "cause": "\(error.code.rawValue)"])
      return RecordingRefusal.upstream(error).response
    }
    var response = HTTPResponse(
      status: answer.status, headers: HTTPHeaders(answer.headers.filter { !Self.ofConnection.contains($0.name.lowercased()) }),
      body: answer.body)
    response.headers[Self.sampleField] = keep(request, answer, number)
    return response
  }

  /// Fields that are of one connection only (RFC 9110 section 7.6.1), and those that the client and the listener write.
  private static let ofConnection: Set = [
    "host", "connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "content-length", "expect", "accept-encoding",
  ]

  private func forwarded(_ request: HTTPRequest) -> ProviderRequest {
    let target = request.path + (request.query.map { "?\($0)" } ?? "")
    // Of an answer that is compressed nothing could be kept.
    let headers = request.headers.fields.filter { !Self.ofConnection.contains($0.name.lowercased()) }
    return ProviderRequest(
      method: request.method, url: origin.text + target, headers: headers, body: request.body,
      repeatability: ["GET", "HEAD"].contains(request.method) ? .repeatable : .once, timeout: Self.timeout,
      maximumResponseBytes: Self.answerLimit)
  }

  /// - Returns: the name of the sample; nil where none was made.
  private func keep(_ request: HTTPRequest, _ answer: ProviderResponse, _ number: Int) -> String? {
    guard number <= SampleFolder.sampleLimit else {
      logger.error("the folder is full: nothing more is recorded", metadata: ["limit": "\(SampleFolder.sampleLimit)"])
      return nil
    }
    let exchange = redaction.exchange(
      request, status: answer.status, headers: answer.headers, body: answer.body, source: origin.source, date: Date.now.formatted(.iso8601.year().month().day()))
    let label = Router.match(method: request.method, path: request.path)?.route.call.rawValue ?? "unknown"
    do {
      let name = try SampleFolder.write(exchange, number: number, named: label, to: folder)
      logger.info("recorded", metadata: ["sample": "\(name)"])
      return name
    } catch {
      logger.error("a sample cannot be written", metadata: ["number": "\(number)", "folder": "\(folder)"])
      return nil
    }
  }
}

/// Where a provider answers.
public struct ProviderOrigin: Sendable, Hashable {
  /// As `https://api.d-id.com`.
  let text: String
  private let host: String

  /// - Parameter written: `https://` with a host and perhaps a port; `http://` for this machine's alone, since keys are sent.
  ///   Nil for anything else.
  public init?(_ written: String) {
    let trimmed = written.hasSuffix("/") ? String(written.dropLast()) : written
    guard let origin = try? WebOrigin(trimmed), origin.kind == .site else { return nil }
    guard origin.text.hasPrefix("https://") || HostName.isLoopback(origin: origin.text) else { return nil }
    text = origin.text
    host = origin.host
  }

  /// What a sample says of where it is from: a vendor's public name, and of any other host nothing.
  var source: String {
    let known = ["api.d-id.com", "api.heygen.com"].contains(host)
    return known ? "recorded from \(host); keys, ids, addresses and names replaced" : "recorded; keys, ids, addresses and names replaced"
  }
}

/// Why a recorder or a replay answers in its own words: `{"error":{"code","message"}}`, as the control surface does.
enum RecordingRefusal {
  case stranger(String)
  case tooLong
  case upstream(ProviderHTTPFailure)
  case notRecorded(String)

  /// The answer to a request whose body is too long, for its head.
  static func tooLong(_ head: HTTPRequest, _ gate: CallerGate) -> HTTPResponse {
    if let reason = gate.refusal(of: head) { return stranger(reason).response }
    return CORS.allow(tooLong.response)
  }

  var response: HTTPResponse {
    let (status, code, message) = words
    return HTTPResponse(status: status, json: ["error": ["code": .string(code), "message": .string(message)]])
  }

  private var words: (Int, String, String) {
    switch self {
    case .stranger(let reason): (403, "forbidden", reason)
    case .tooLong: (413, "tooLarge", "a body of more than \(VendorCall.maximumBodyBytes) bytes")
    case .upstream(let failure): (502, failure.code.rawValue, "the provider gave no answer: \(failure.code.rawValue)")
    case .notRecorded(let reason): (404, "notRecorded", reason)
    }
  }
}
