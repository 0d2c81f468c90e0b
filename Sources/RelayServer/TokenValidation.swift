// `POST /v1/validate`: says whether a token is good, and why not.
import StrictJSON
import Timekeeping
import Transport

/// Answers the question about one token at a time, so often in a second.
struct TokenValidation: Sendable {
  static let path = "/v1/validate"
  /// Most questions in a second of all askers; one more answers 429.
  static let maximumPerSecond = 50

  var gate: TokenGate
  private let clock: any MonotonicClock
  private var second: Int64 = -1
  private var asked = 0

  init(gate: TokenGate, clock: any MonotonicClock) {
    self.gate = gate
    self.clock = clock
  }

  mutating func respond(to request: HTTPRequest) -> HTTPResponse {
    guard request.method == "POST" else { return HTTPResponse(status: 405, headers: ["Allow": "POST"]) }
    guard isInTime() else {
      var response = HTTPResponse.text(429, "too many questions")
      response.headers["Retry-After"] = "1"
      return response
    }
    guard let token = BearerToken.text(in: request) else {
      return HTTPResponse(status: 401, headers: ["WWW-Authenticate": "Bearer"])
    }
    var answer: JSONObject = ["valid": true]
    if let failure = gate.failure(of: token) { answer = ["valid": false, "reason": .string(failure.rawValue)] }
    return HTTPResponse(
      status: 200, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
      body: Array(JSONValue.object(answer).text.utf8))
  }

  private mutating func isInTime() -> Bool {
    let now = clock.now.sinceStart.components.seconds
    if now != second { (second, asked) = (now, 0) }
    asked += 1
    return asked <= Self.maximumPerSecond
  }
}
