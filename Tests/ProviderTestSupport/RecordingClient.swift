// Stands in for a vendor: answers with what was prepared, and remembers what it was asked.
import ProviderHTTP
import StrictJSON

/// Answers each request with the next prepared outcome. A request for which none is prepared fails as an invalid one.
public actor RecordingClient: ProviderHTTPClient {
  public typealias Outcome = Result<ProviderResponse, ProviderHTTPFailure>

  private var outcomes: [Outcome]
  /// The requests in the order of their arrival.
  public private(set) var requests: [ProviderRequest] = []

  public init(_ outcomes: [Outcome]) { self.outcomes = outcomes }

  public func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    requests.append(request)
    guard !outcomes.isEmpty else {
      throw ProviderHTTPFailure(.invalidRequest, neverSent: true, detail: "no answer was prepared")
    }
    return try outcomes.removeFirst().get()
  }

  /// How many prepared outcomes nobody asked for.
  public var remaining: Int { outcomes.count }
}

extension Result where Success == ProviderResponse, Failure == ProviderHTTPFailure {
  /// A response with a JSON body.
  public static func json(_ status: Int, _ body: JSONValue, headers: [(name: String, value: String)] = []) -> Self {
    .success(ProviderResponse(status: status, headers: headers, body: body.serialized))
  }

  /// A response with a body of any text.
  public static func text(_ status: Int, _ body: String, headers: [(name: String, value: String)] = []) -> Self {
    .success(ProviderResponse(status: status, headers: headers, body: Array(body.utf8)))
  }

  /// No response.
  public static func failed(_ code: ProviderHTTPFailure.Code, neverSent: Bool = false) -> Self {
    .failure(ProviderHTTPFailure(code, neverSent: neverSent, detail: "prepared"))
  }
}

extension ProviderRequest {
  /// The body as JSON; nil when it is none.
  public var json: JSONValue? { try? JSONParser.parse(body) }

  /// The value of the first header field of that name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
