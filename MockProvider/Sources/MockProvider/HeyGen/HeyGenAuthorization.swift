// Who may call HeyGen's API: keys, and the session tokens that were made with one.
import Transport

/// `X-Api-Key` with a key, or `Authorization: Bearer` with a token of streaming.create_token.
struct HeyGenAuthorization {
  /// Most tokens that are remembered; the oldest are forgotten first.
  static let tokenLimit = 256

  /// What a caller showed.
  enum Caller {
    case key
    /// A token that this mock made.
    case token(String)
    /// A token from elsewhere, which only a mock that demands no key admits.
    case foreignToken
  }

  /// What a token was used for (one session a token: docs.heygen.com/reference/create-session-token).
  private enum Use {
    case unused, used
  }

  let key: DemandedKey?
  private var uses: [String: Use] = [:]
  private var order: [String] = []

  init(key: DemandedKey?) { self.key = key }

  /// Remembers a token that was made.
  mutating func issue(_ token: String) {
    uses[token] = .unused
    order.append(token)
    if order.count > Self.tokenLimit { uses[order.removeFirst()] = nil }
  }

  /// - Throws: HeyGen's 401.
  func caller(_ headers: HTTPHeaders) throws(Refusal) -> Caller {
    if let shown = headers["X-Api-Key"], !shown.isEmpty {
      guard key?.admits(shown) ?? true else { throw Refusal(HeyGenErrors.unauthorized, "another key is demanded") }
      return .key
    }
    guard let header = headers["Authorization"], header.lowercased().hasPrefix("bearer ") else {
      throw Refusal(HeyGenErrors.unauthorized, "neither X-Api-Key nor Authorization: Bearer")
    }
    let token = String(header.dropFirst(7).drop { $0 == " " })
    guard !token.isEmpty else { throw Refusal(HeyGenErrors.unauthorized, "the token is empty") }
    if uses[token] != nil { return .token(token) }
    guard key == nil else { throw Refusal(HeyGenErrors.invalidToken, "no token of this mock") }
    return .foreignToken
  }

  /// - Throws: HeyGen's 401 when the caller's token has opened a session already.
  func checkUnused(_ caller: Caller) throws(Refusal) {
    if case .token(let token) = caller, uses[token] == .used {
      throw Refusal(HeyGenErrors.invalidToken, "the token has opened a session already")
    }
  }

  /// Spends the caller's token.
  mutating func spend(_ caller: Caller) {
    if case .token(let token) = caller { uses[token] = .used }
  }

  mutating func reset() {
    uses = [:]
    order = []
  }
}
