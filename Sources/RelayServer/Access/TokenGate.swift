// Decides which token lets whom in, and answers programs that ask about a token.
import AccessTokens
import Basics
import Relay
import Signaling
import StrictJSON
import Transport
import Wire

/// Checks tokens by the wall clock and states their end on the relay's own clock.
struct TokenGate: AccessGate {
  private let verifier: TokenVerifier
  private let secondsSinceEpoch: @Sendable () -> Double

  init(_ verifier: TokenVerifier, secondsSinceEpoch: @escaping @Sendable () -> Double) {
    self.verifier = verifier
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  func permit(
    for token: JoinToken, from origin: String?, at now: MonotonicInstant
  ) throws(SignalingError) -> Permit {
    do throws(AccessTokenFailure) {
      let time = secondsSinceEpoch()
      let claims = try verifier.claims(of: token.value, at: time)
      guard claims.allows(origin: origin) else { throw .originRefused }
      return Permit(
        subject: claims.subject, expiry: now.advanced(by: .seconds(verifier.end(of: claims) - time)),
        issuedAt: claims.issuedAt, providers: claims.providers.map(Set.init), avatars: claims.avatars, maximumSessions: claims.sessions,
        budget: claims.budgetSeconds.map { .seconds($0) })
    } catch { throw SignalingError(.accessDenied, error.rawValue) }
  }

  /// Whether a token is good now, whatever page shows it: the name of the reason if not.
  func failure(of token: String) -> AccessTokenFailure? {
    do throws(AccessTokenFailure) {
      _ = try verifier.claims(of: token, at: secondsSinceEpoch())
      return nil
    } catch { return error }
  }
}

/// `Authorization: Bearer <token>` (RFC 6750 section 2.1).
enum BearerToken {
  /// The token; nil where there is none.
  static func text(in request: HTTPRequest) -> String? {
    guard let field = request.headers["Authorization"] else { return nil }
    let words = field.split(separator: " ")
    return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
  }
}

/// Answers the question whether a token is good, a limited number of times a second to each network.
struct TokenValidation: Sendable {
  static let path = "/v1/validate"
  /// Most questions in a second of one network; one more answers 429.
  static let maximumPerSecond = 50
  /// Most networks that ask in a second; one more is answered 429.
  static let maximumNetworks = 1000
  /// The longest body that is read over: the token is in a header field.
  static let toleratedBodyBytes = 1024

  var gate: TokenGate
  private let clock: any MonotonicClock
  private var second: Int64 = -1
  /// How often each network has asked in this second.
  private var asked: [PeerNetwork: Int] = [:]

  init(gate: TokenGate, clock: any MonotonicClock) {
    self.gate = gate
    self.clock = clock
  }

  mutating func respond(to request: HTTPRequest, from network: PeerNetwork) -> HTTPResponse {
    guard request.method == "POST" else { return HTTPResponse(status: 405, headers: ["Allow": "POST"]) }
    guard isInTime(network) else {
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

  private mutating func isInTime(_ network: PeerNetwork) -> Bool {
    let now = clock.now.sinceStart.components.seconds
    if now != second { (second, asked) = (now, [:]) }
    let count = asked[network, default: 0]
    guard count < Self.maximumPerSecond, count > 0 || asked.count < Self.maximumNetworks else { return false }
    asked[network] = count + 1
    return true
  }
}
